"""Inherited tables that keep their promises: one helper makes a child table.

PostgreSQL's keys, unique rules, foreign keys, indexes and row triggers stop at the table
they are written on. So every tree has a registry, the target of every reference to it, and
each child gets its own key, its reference to the registry, and a copy of the parent's
indexes, foreign keys and triggers. `flask schema-check` compares all children.
"""

from alembic import op

REGISTER = """
CREATE FUNCTION register_{tree}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM {registry} WHERE {key} = OLD.{key};
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO {registry} ({key}, kind{unique_columns}) VALUES (NEW.{key}, NEW.kind{unique_values});
    ELSE
        IF NEW.{key} <> OLD.{key} OR NEW.kind <> OLD.kind THEN
            RAISE EXCEPTION 'the identity and kind of a row in % never change', TG_TABLE_NAME;
        END IF;
        {update_unique}
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% may not be truncated', TG_TABLE_NAME;
END $$;
"""


def make_child(parent: str, child: str, columns: str, *, kind: str, registry: str, key: str) -> None:
    """Create `child` as an inherited table of `parent` with everything inheritance leaves out.

    `columns`: the child's own columns as SQL, "" for none. `kind`: what the registry calls a row of it.
    Make the parent's indexes, foreign keys and triggers before its children.
    """
    op.execute(
        f"""
        CREATE TABLE {child} ({columns}) INHERITS ({parent});
        ALTER TABLE {child}
            ALTER COLUMN kind SET DEFAULT '{kind}',
            ADD CONSTRAINT ck_{child}_kind CHECK (kind = '{kind}'),
            ADD CONSTRAINT pk_{child} PRIMARY KEY ({key}),
            ADD CONSTRAINT fk_{child}_{key} FOREIGN KEY ({key}, kind) REFERENCES {registry} ({key}, kind)
                DEFERRABLE INITIALLY DEFERRED;
        SELECT copy_to_child('{parent}', '{child}');
        """
    )


COPY_TO_CHILD = r"""
CREATE FUNCTION copy_to_child(parent regclass, child regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    item record;
BEGIN
    FOR item IN
        SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = parent AND NOT i.indisprimary
    LOOP
        EXECUTE replace(
            regexp_replace(item.definition, 'INDEX \S+ ON ', format('INDEX %I ON ', replace(item.name, parent::text, child::text))),
            ' ON public.' || parent::text || ' ', ' ON public.' || child::text || ' ');
    END LOOP;
    FOR item IN
        SELECT conname AS name, pg_get_constraintdef(oid) AS definition
        FROM pg_constraint WHERE conrelid = parent AND contype = 'f'
    LOOP
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', child,
            replace(item.name, parent::text, child::text), item.definition);
    END LOOP;
    FOR item IN
        SELECT pg_get_triggerdef(oid) AS definition FROM pg_trigger WHERE tgrelid = parent AND NOT tgisinternal
    LOOP
        EXECUTE replace(item.definition, ' ON public.' || parent::text || ' ', ' ON public.' || child::text || ' ');
    END LOOP;
END $$;
"""
