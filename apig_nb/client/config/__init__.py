"""What `connect` is not told: found in variables and files, each value with the place it came from."""

from apig_nb.client.config.search import Found as Found
from apig_nb.client.config.search import search as search
from apig_nb.client.config.source import SECRETS as SECRETS
from apig_nb.client.config.source import Source as Source
from apig_nb.client.config.source import Value as Value
