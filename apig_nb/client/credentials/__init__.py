"""Kinds of credentials, each an `Auth` of the HTTP library: it may add headers, sign, or log in first.

No `repr` and no exception shows a secret, and what is lent to a request is taken off again once the call is over: the
request lives on in the answer and in the library's exceptions.
"""

from apig_nb.client.credentials.access_key import KeyAuth as KeyAuth
from apig_nb.client.credentials.login import AgencyAuth as AgencyAuth
from apig_nb.client.credentials.login import PasswordAuth as PasswordAuth
from apig_nb.client.credentials.ready_token import TokenAuth as TokenAuth
