-- What a role that syncs must be a member of. Nobody logs in as it.

CREATE ROLE :"writer";
