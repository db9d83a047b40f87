"""What plugs into Rasa 3.6: the one way in, the encrypted tracker, the wording, the risk gate and sentence embeddings.

Runs on Python 3.10, in Rasa's own runtime. Imports nothing of ours but the encryption module, the content reader and
the tree of errors, none of which needs a framework.
"""

import os

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
