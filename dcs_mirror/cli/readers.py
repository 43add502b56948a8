"""`dcs-mirror readers`: database roles that see only some institutions."""

from typing import Annotated

import typer

from dcs_mirror.cli.help import App
from dcs_mirror.cli.program import with_mirror
from dcs_mirror.cli.report import LARGEST_HEI_ID, AsJson, print_json
from dcs_mirror.plain_text import of_institutions, one_line

app = App(
    no_args_is_help=True,
    help="Give database roles access to some institutions only. Needs the account that owns the mirror.",
)

Role = Annotated[str, typer.Argument(metavar="ROLE", help="The role's plain name, as in pg_roles.")]


@app.command()
def add(
    role: Role,
    *,
    hei: Annotated[
        list[int],
        typer.Option(
            metavar="ID",
            min=1,
            max=LARGEST_HEI_ID,
            help="An institution that the role sees; may be repeated.",
        ),
    ],
    json: AsJson = False,
) -> None:
    """Let a role see these institutions, and no others, in the schema dcs_ROLE.

    The schema has the same views and functions as the schema dcs. A role that does
    not exist is created, without a password. A role that was added before sees the
    further institutions, too.

    Do not make it a member of dcs_reader, which sees every institution.

    Exit code 0 if it sees them now, 2 if the role or an institution cannot be
    taken, 4 if this account may not do that.

    Example: dcs-mirror readers add law_library --hei 108 --hei 113
    """
    from dcs_mirror.schema import contract

    added = with_mirror(lambda connection, _: contract.add_reader(connection, role, hei))
    if json:
        print_json(_document(added.role, added.schema, added.hei_ids))
        return
    seen = of_institutions(added.hei_ids)
    typer.echo(f"role {added.role} sees {seen} in the schema {added.schema}", err=True)


@app.command("list")
def list_(*, json: AsJson = False) -> None:
    """Show the roles that see only some institutions.

    Example: dcs-mirror readers list --json
    """
    from dcs_mirror.schema import readers

    found = with_mirror(lambda connection, _: readers.listed(connection))
    if json:
        print_json({"readers": [_document(reader.role, reader.schema, reader.hei_ids) for reader in found]})
        return
    if not found:
        typer.echo("no role is limited to some institutions; see `dcs-mirror readers add --help`")
    for reader in found:
        seen = of_institutions(reader.hei_ids)
        typer.echo(f"{one_line(reader.role)}: {seen}, in the schema {one_line(reader.schema)}")


@app.command()
def remove(role: Role) -> None:
    """Drop the schema of a role, so that it sees no institution. The role itself stays.

    Example: dcs-mirror readers remove law_library
    """
    from dcs_mirror.schema import contract

    with_mirror(lambda connection, _: contract.remove_reader(connection, role))
    typer.echo(f"role {one_line(role)} sees no institution any more; the role itself stays", err=True)


def _document(role: str, schema: str, hei_ids: list[int]) -> dict[str, object]:
    return {"role": role, "schema": schema, "hei_ids": hei_ids}
