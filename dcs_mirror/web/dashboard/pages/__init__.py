"""The pages: a module adds its own to the site, in the order of the navigation."""

from dcs_mirror.web.dashboard.pages import accessibility, items, overview, sign_in

PAGES = (overview, items, accessibility, sign_in)
