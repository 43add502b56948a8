-- The role of those who may ask for a refresh in SQL. Nobody logs in as it: grant it to login roles of your own.

CREATE ROLE :"requester";
