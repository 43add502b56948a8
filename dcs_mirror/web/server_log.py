"""What aiohttp's server says: one line for what fails, and nothing for what it refuses."""

import logging

import structlog
from aiohttp.http_exceptions import HttpProcessingError

from dcs_mirror.plain_text import one_line

log = structlog.get_logger()


class _ToOurLog(logging.Handler):
    """Passes records on; who sends what is no HTTP gets a 400, and must not be able to fill the log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one record on, without its traceback."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            return
        because = None if error is None else f"{type(error).__name__}: {one_line(str(error))}"
        log.log(record.levelno, one_line(record.getMessage()), because=because)


def server_log() -> logging.Logger:
    """Return the logger for aiohttp's server."""
    logger = logging.getLogger("dcs_mirror.web.server")
    logger.setLevel(logging.WARNING)
    logger.handlers = [_ToOurLog()]
    logger.propagate = False
    return logger
