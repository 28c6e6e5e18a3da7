"""The product's alert function without what empties its queue: acceptance alone, with the engine at rest."""

import azure.durable_functions as df
import azure.functions as func

from functions import alerts

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
alerts.register(app)
