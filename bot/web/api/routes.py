"""The routes of the chat API, as one list."""

from starlette.routing import BaseRoute, Route

from bot.web.api import conversations, me, messages, signs
from bot.web.api.openapi import PREFIX, describe
from bot.web.health import health
from bot.web.stream import stream

routes: list[BaseRoute] = [
    Route(f"{PREFIX}/conversations", conversations.start, methods=["POST"]),
    Route(f"{PREFIX}/token", conversations.refresh, methods=["POST"]),
    Route(f"{PREFIX}/messages", messages.send, methods=["POST"]),
    Route(f"{PREFIX}/messages", messages.news, methods=["GET"]),
    Route(f"{PREFIX}/messages/{{id}}/take-back", messages.take_back, methods=["POST"]),
    Route(f"{PREFIX}/signs", signs.sign, methods=["POST"]),
    Route(f"{PREFIX}/stream", stream, methods=["GET"]),
    Route(f"{PREFIX}/me", me.mine, methods=["GET"]),
    Route(f"{PREFIX}/me", me.erase, methods=["DELETE"]),
    Route(f"{PREFIX}/me/entries/{{dialogue}}/{{session}}", me.delete_entry, methods=["DELETE"]),
    Route(f"{PREFIX}/me/export", me.export, methods=["GET"]),
    Route(f"{PREFIX}/me/progress", me.progress, methods=["GET"]),
    Route(f"{PREFIX}/openapi.json", describe, methods=["GET"]),
    Route("/health", health, methods=["GET"]),
]
