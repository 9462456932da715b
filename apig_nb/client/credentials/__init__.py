"""Kinds of credentials, each an `Auth` of the HTTP library: it adds headers, signs, or logs in first.

No `repr` and no exception shows a secret. A secret header is removed from its request after the call, because the
answer and the exceptions of the HTTP library keep the request.
"""

from apig_nb.client.credentials.access_key import KeyAuth as KeyAuth
from apig_nb.client.credentials.login import AgencyAuth as AgencyAuth
from apig_nb.client.credentials.login import PasswordAuth as PasswordAuth
from apig_nb.client.credentials.token_auth import TokenAuth as TokenAuth
