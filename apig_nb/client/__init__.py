"""The client of the service: `connect` and `Client`.

A module imports only modules before it in this list:

- `encodings`, `secret`: mask secrets in texts from outside.
- `service_errors`: read the error answers of the cloud.
- `config/`: find settings in variables and files.
- `transport/`: make HTTP calls with limits, retries and a log.
- `credentials/`: sign calls, or log in for a token.
- `settings`: complete the settings: region and addresses.
- `listings`, `lookup`: lists as tables, and ids for names.
- `session`: make a connection with credentials from settings.
- `answer_check`, `tasks`, `export_call`: make one export.
- `batch`: make many exports.
- `client`: `connect` and `Client`.
"""

from apig_nb.client.client import Client, connect

__all__ = ["Client", "connect"]
