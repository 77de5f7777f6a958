"""Django settings of one home. What differs between sizes stands in home.toml or the environment."""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured

from jieyue.config.databases import database_settings
from jieyue.config.environment import read_environment
from jieyue.config.home import Home, HomeError
from jieyue.config.mail import mail_settings

ENVIRONMENT = read_environment()
try:
    JIEYUE_HOME = Home.open(ENVIRONMENT.home)
    SECRET_KEY = JIEYUE_HOME.secret_key()
except HomeError as error:
    raise ImproperlyConfigured(str(error)) from error

PACKAGE = Path(__file__).resolve().parent.parent
DEBUG = ENVIRONMENT.debug
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
ROOT_URLCONF = "jieyue.config.urls"
WSGI_APPLICATION = "jieyue.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "csp",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_tasks",
    "django_tasks_db",
    # The office, in the order that data flows.
    "jieyue.apps.schedule",
    "jieyue.apps.audit",
    "jieyue.apps.publication",
    "jieyue.apps.trees",
    "jieyue.apps.identity",
    "jieyue.apps.exchange",
    "jieyue.apps.registry",
    "jieyue.apps.returns",
    "jieyue.apps.metering",
    "jieyue.apps.accounts",
    "jieyue.apps.holdings",
    "jieyue.apps.review",
    "jieyue.apps.obligations",
    "jieyue.apps.summaries",
    "jieyue.apps.spotchecks",
    "jieyue.apps.jointreview",
    "jieyue.apps.disclosure",
    "jieyue.apps.targets",
    "jieyue.apps.insights",
    "jieyue.apps.papers",
    "jieyue.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "jieyue.config.private.PrivateMiddleware",
    "jieyue.config.door.DoorMiddleware",
    "jieyue.api.problems.ProblemsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "jieyue.config.language.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "jieyue.web.idle.IdleMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "jieyue.web.forms_only.FormsOnlyMiddleware",
    "axes.middleware.AxesMiddleware",
    "jieyue.config.no_nul.NoNulMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["django_cotton.templatetags.cotton"],
        },
    }
]

DATABASES = {"default": database_settings(ENVIRONMENT.database or JIEYUE_HOME.database)}
#: `drawn`: parts of pages that the processes of a site share (web/kept.py), where the server made a folder for them.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "drawn": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(ENVIRONMENT.drawn),
        "TIMEOUT": 24 * 3600,
        "OPTIONS": {"MAX_ENTRIES": 2000},
    }
    if ENVIRONMENT.drawn
    else {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# --- What goes outside: checkpoints of the log, mail ---------------------------------------------
JIEYUE_ENGINE = ENVIRONMENT.engine
JIEYUE_FONTS = ENVIRONMENT.fonts
JIEYUE_ANCHOR_FOLDER = ENVIRONMENT.anchor_folder
JIEYUE_ANCHOR_MAIL = ENVIRONMENT.anchor_mail
vars().update(mail_settings(ENVIRONMENT.mail, ENVIRONMENT.mail_from))

# --- Who -----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "jieyue.apps.identity.activation.CodeBackend",
    "jieyue.apps.identity.second_factor.TotpBackend",
    "jieyue.apps.identity.recovery.RecoveryBackend",
]
PASSWORD_HASHERS = [
    "jieyue.config.hashers.OwaspArgon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
]
LOGIN_URL = "/signin/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "jieyue.config.adapter.ClosedAdapter"
MFA_SUPPORTED_TYPES = ["totp"]
MFA_ADAPTER = "jieyue.config.adapter.SealedAdapter"
MFA_TOTP_TOLERANCE = 1  # half a minute before and after: phones' clocks differ
JIEYUE_SECOND_FACTOR = ENVIRONMENT.second_factor
JIEYUE_ACTIVATION_DAYS = ENVIRONMENT.activation_days
JIEYUE_IDLE_MINUTES = ENVIRONMENT.idle_minutes
# Five tries in a quarter of an hour per account and source, passwords and activation codes together; a victim
# elsewhere still gets in. The wait grows with every five more.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = "jieyue.config.lockout.wait"
AXES_USE_ATTEMPT_EXPIRATION = True  # each its own wait: clearing one must not end another's
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code", "old", "password1", "password2"]
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "jieyue.config.private.client_address"
TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies
AXES_LOCKOUT_CALLABLE = "jieyue.web.views.signin.locked_out"
AXES_DISABLE_ACCESS_LOG = True

# --- Cookies and headers -------------------------------------------------------------------------
_HOST = "__Host-" if ENVIRONMENT.https else ""
SESSION_ENGINE = "jieyue.apps.identity.sessions"
SESSION_COOKIE_NAME = f"{_HOST}jieyue_session"
CSRF_COOKIE_NAME = f"{_HOST}jieyue_csrf"
LANGUAGE_COOKIE_NAME = f"{_HOST}jieyue_language"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = ENVIRONMENT.https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_HSTS_SECONDS = 365 * 86400 if ENVIRONMENT.https else 0
SECURE_SSL_REDIRECT = False  # the proxy in front does it; health checks come over plain http
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.trusted_proxies else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if ENVIRONMENT.https else None
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "jieyue.web.errors.form_too_old"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "style-src-attr": [UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 2**20
FILE_UPLOAD_PERMISSIONS = 0o600

# --- Language, time, files -----------------------------------------------------------------------
LANGUAGE_CODE = JIEYUE_HOME.language
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "web" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = JIEYUE_HOME.timezone
STATIC_URL = "/static/"
# The desk serves straight from the package; where `collectstatic` was run, its folder is served.
_COLLECTED = PACKAGE / "web" / "static_root"
STATIC_ROOT = _COLLECTED if _COLLECTED.is_dir() else None
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = JIEYUE_HOME.path / "files"

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "jieyue": {"level": ENVIRONMENT.log_level},
        "django": {"level": "WARNING"},
        "axes": {"level": "ERROR"},
    },
}
