#!/bin/sh
# Makes the accounts of the mirror's database; PostgreSQL's image runs it once, when it makes the database. To run
# it in a database that is there already:  docker compose exec postgres /docker-entrypoint-initdb.d/roles.sh
set -eu
here=$(dirname "$0")
secrets=${SECRETS:-/run/secrets}
# Passwords go through variables of the shell to psql's standard input, never into an argument of a process.
owner=$(cat "$secrets/owner_password")
sync=$(cat "$secrets/sync_password")
quoted() { printf '%s' "$1" | sed "s/\\\\/\\\\\\\\/g; s/'/\\\\'/g"; }
{
    printf "\\\\set owner_password '%s'\n" "$(quoted "$owner")"
    printf "\\\\set sync_password '%s'\n" "$(quoted "$sync")"
    if [ -e "$secrets/serve_password" ]; then
        printf "\\\\set serve_password '%s'\n" "$(quoted "$(cat "$secrets/serve_password")")"
    fi
    cat "$here/roles.psql"
} | psql --no-psqlrc --quiet --username "${POSTGRES_USER:-postgres}" --dbname "${POSTGRES_DB:-dcs}"
