"""The pages: a module adds its own to the site, in the order of the navigation."""

from dcs_mirror.web.dashboard.pages import (
    accessibility,
    august,
    institution,
    items,
    june,
    links,
    operations,
    overview,
    requests,
    sign_in,
)

PAGES = (overview, institution, items, june, august, requests, links, operations, accessibility, sign_in)
