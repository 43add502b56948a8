-- Takes from a role what an earlier migration granted it, because another role has its place now.

REVOKE ALL ON ALL TABLES IN SCHEMA dcs, dcs_mirror FROM :"role";
REVOKE ALL ON ALL SEQUENCES IN SCHEMA dcs_mirror FROM :"role";
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA dcs, dcs_mirror FROM :"role";
REVOKE ALL ON SCHEMA dcs, dcs_mirror FROM :"role";
