"""The pages that patients see: the chat, the plain page with the crisis contacts, and a demonstration clinic's page;
and the loader by which a clinic's own pages open the chat.

The crisis contacts stand in the HTML of each: they need no script, no dialogue and no database (guarantee G5).
"""

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute, Mount, Route

from bot.web.pages.assets import Assets
from bot.web.pages.theme import stylesheet
from bot.web.pages.views import chat, demonstration, help_now, me
from bot.web.pages.widget import loader

# Nothing on these pages is secret or repeats what was sent, so compressing them gives nothing away (BREACH).
COMPRESSED = [Middleware(GZipMiddleware, minimum_size=1000)]

routes: list[BaseRoute] = [
    Route("/", demonstration, name="demonstration", middleware=COMPRESSED),
    Route("/chat", chat, name="chat", middleware=COMPRESSED),
    Route("/me", me, name="me", middleware=COMPRESSED),
    Route("/widget.js", loader, name="widget", middleware=COMPRESSED),
    Route("/theme/{colour}.css", stylesheet, name="theme"),
    Route("/help-now", help_now, name="help_now", middleware=COMPRESSED),
    Mount("/static", Assets(), name="static", middleware=COMPRESSED),
]
