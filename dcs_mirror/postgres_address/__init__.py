"""Addresses of PostgreSQL databases, as libpq reads them.

``spelling`` reads the two spellings, ``parameters`` says which parameters are heeded, ``files`` reads libpq's
files of services and passwords, and ``resolve`` makes an :class:`Address` of all of them and the environment.
"""

from dcs_mirror.postgres_address.resolve import Address, Host, resolve, shown
from dcs_mirror.postgres_address.spelling import SCHEMES

__all__ = ["SCHEMES", "Address", "Host", "resolve", "shown"]
