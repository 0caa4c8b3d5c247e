"""What is seen of the service from outside: logs, metrics and traces; never a party or an entry."""

from app.telemetry.logs import MAX_VALUE, cap_values, configure_logging
from app.telemetry.metrics import Telemetry
from app.telemetry.opening import open_telemetry

__all__ = ["MAX_VALUE", "Telemetry", "cap_values", "configure_logging", "open_telemetry"]
