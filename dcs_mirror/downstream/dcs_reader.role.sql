-- The role that downstream systems read as. Without a password it can only log in if the server trusts the
-- connection: grant it to login roles of your own, or give it a password.

CREATE ROLE :"reader" LOGIN;
