"""What an operator may set: schema, TOML file and environment."""

from pulse_router.settings.errors import SettingsError
from pulse_router.settings.limits import LimitsSettings, TenantLimits
from pulse_router.settings.load import find_config, load_settings, serve_problems, warnings
from pulse_router.settings.schema import (
    AuthSettings,
    ConsoleSettings,
    DatabaseSettings,
    DeliverySettings,
    HttpSettings,
    IngestSettings,
    LogSettings,
    MqttSettings,
    NatsSettings,
    RetentionSettings,
    Settings,
    ShutdownSettings,
    StreamSettings,
    TraceSettings,
)
from pulse_router.settings.values import Bind, ClientCertificate, ClientCertificates

__all__ = [
    "AuthSettings",
    "Bind",
    "ClientCertificate",
    "ClientCertificates",
    "ConsoleSettings",
    "DatabaseSettings",
    "DeliverySettings",
    "HttpSettings",
    "IngestSettings",
    "LimitsSettings",
    "LogSettings",
    "MqttSettings",
    "NatsSettings",
    "RetentionSettings",
    "Settings",
    "SettingsError",
    "ShutdownSettings",
    "StreamSettings",
    "TenantLimits",
    "TraceSettings",
    "find_config",
    "load_settings",
    "serve_problems",
    "warnings",
]
