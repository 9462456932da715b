"""Settings of `connect` that are found in variables and files, each with its origin."""

from apig_nb.client.config.search import SearchResult as SearchResult
from apig_nb.client.config.search import search as search
from apig_nb.client.config.source import SECRETS as SECRETS
from apig_nb.client.config.source import Value as Value
