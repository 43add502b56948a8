-- The role that downstream reads as. Without a password it can only log in where the server trusts
-- the connection; grant it to login roles of your own, or give it a password.

CREATE ROLE dcs_reader LOGIN;
