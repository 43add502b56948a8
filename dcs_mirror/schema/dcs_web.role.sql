-- What the account of `serve` must be a member of. Nobody logs in as it.

CREATE ROLE :"web";
