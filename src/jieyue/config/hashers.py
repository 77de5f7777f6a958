"""Password hashing at the OWASP floor."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class OwaspArgon2Hasher(Argon2PasswordHasher):
    """Argon2id with m = 19 MiB, t = 2, p = 1 (OWASP Password Storage Cheat Sheet).

    Django's default took 250 ms and 100 MiB a login on our two cores: too dear for a login storm.
    """

    time_cost = 2
    memory_cost = 19456
    parallelism = 1
