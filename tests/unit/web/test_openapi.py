"""The description of the service says what its router has, and its schemas are valid."""

import re

import jsonschema_rs
from aiohttp.test_utils import make_mocked_request

from dcs_mirror.web import dcs_paths, dcs_words, dcs_writes, openapi
from tests.support.routes import application, is_page

SAMPLES = {"id": "5", "hei": "108"}


async def test_the_description_has_every_path_of_the_router_and_no_other() -> None:
    router = application().router
    found = set()
    for operation in openapi.OPERATIONS:
        path = re.sub(r"\{(\w+)\}", lambda part: SAMPLES[part[1]], operation.path)
        match = await router.resolve(make_mocked_request(operation.verb.upper(), path))
        assert match.http_exception is None, path
        found.add((operation.verb.upper(), match.route.handler))
    there = {(each.method, each.handler) for each in router.routes() if not is_page(each)}
    assert found == {each for each in there if each[0] != "HEAD"}
    methods = dcs_paths.METHODS | dcs_writes.POSTED | dcs_writes.PUT
    described = {each.path for each in openapi.OPERATIONS}
    assert {f"{base}/{method}" for base in dcs_words.BASES for method in methods.values()} <= described


def test_its_schemas_are_schemas_and_every_reference_leads_to_one() -> None:
    document = openapi.document()
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        jsonschema_rs.meta.validate(schema | {"$schema": "https://json-schema.org/draft/2020-12/schema"})
    for reference in re.findall(r'"\$ref":\s*"#/components/schemas/(\w+)"', openapi._BODY.decode()):
        assert reference in schemas
    ids = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(ids) == len(set(ids))
