/* Which tables there are, and the statements that read and write them whole. The texts are made from the catalogue of
 * PostgreSQL, where each column has a type; both databases have the same tables, for both were made by the same
 * migrations. */
#include "base/buf.h"
#include "db/copy.h"

#include <assert.h>
#include <string.h>

enum { COLUMNS = 4000, REFERENCES = 1000 };

struct catalogue_row {
	const char *tab, *col, *type;
	int64_t key;
};
TYPE(catalogue_row, FIELD(catalogue_row, tab, 0, "Table"), FIELD(catalogue_row, col, 0, "Column"),
	FIELD(catalogue_row, type, 0, "Its type"), FIELD(catalogue_row, key, 0, "Place in the primary key"));
struct reference {
	const char *tab, *needs;
};
TYPE(reference, FIELD(reference, tab, 0, "Table"), FIELD(reference, needs, 0, "The one it refers to"));
struct named {
	const char *name;
};
TYPE(named, FIELD(named, name, 0, "Name"));

static const char columns_sql[] =
	"SELECT c.relname::text AS tab, a.attname::text AS col, format_type(a.atttypid, NULL) AS type,"
	" coalesce(array_position(k.conkey, a.attnum), 0)::bigint AS key"
	" FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
	" LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'"
	" WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND c.relname <> 'schema_migration'"
	" ORDER BY c.relname, a.attnum LIMIT 4000";
static const char references_sql[] =
	"SELECT DISTINCT t.relname::text AS tab, n.relname::text AS needs FROM pg_constraint k"
	" JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class n ON n.oid = k.confrelid"
	" WHERE k.contype = 'f' AND t.oid <> n.oid AND t.relnamespace = current_schema()::regnamespace LIMIT 1000";
static const char virtual_sql[] = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'virtual'";
static const char tables_sql[] =
	"SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual')"
	" AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'schema_migration'";

static struct copy_table *find(const struct list *tables, const char *name)
{
	struct copy_table *t = tables->items;
	for (size_t i = 0; i < tables->n; i++)
		if (strcmp(t[i].name, name) == 0)
			return &t[i];
	return NULL;
}

static void gather(struct arena *a, const struct list *rows, struct list *tables)
{
	const struct catalogue_row *r = rows->items;
	struct copy_table *all = arena_array_of(a, struct copy_table, rows->n + 1), *t = all - 1;
	for (size_t i = 0; i < rows->n; i++) {
		if (!i || strcmp(r[i].tab, r[i - 1].tab) != 0) {
			*++t = (struct copy_table){ .name = r[i].tab };
			t->columns = arena_array_of(a, struct copy_column, rows->n - i);
		}
		t->columns[t->n++] = (struct copy_column){ r[i].col, r[i].type, r[i].key };
		t->keys += r[i].key > 0;
	}
	*tables = (struct list){ .items = all, .n = (size_t)(t - all + 1) };
}

/* A table that only one of the two has would be lost without a word. */
static err_t match(struct cx *sqlite, const struct list *tables)
{
	struct list names, search;
	TRY(db_list(sqlite, &named_type, &names, REFERENCES, tables_sql, NULL));
	TRY(db_list(sqlite, &named_type, &search, REFERENCES, virtual_sql, NULL));
	const struct named *n = names.items, *v = search.items;
	for (size_t i = 0; i < names.n; i++)
		if (!find(tables, n[i].name))
			return FAIL(sqlite, ERR_CONFLICT, "the table %s is in one database alone", n[i].name);
	if (names.n != tables->n)
		return FAIL(sqlite, ERR_CONFLICT, "%zu tables beside %zu", names.n, tables->n);
	for (size_t i = 0; i < search.n; i++) {
		struct copy_table *t = find(tables, v[i].name);
		if (t)
			t->virtual_ = true;
	}
	return ERR_OK;
}

static bool ready(const struct list *tables, const struct list *references, const struct copy_table *t)
{
	const struct reference *r = references->items;
	for (size_t i = 0; i < references->n; i++)
		if (strcmp(r[i].tab, t->name) == 0) {
			const struct copy_table *needs = find(tables, r[i].needs);
			if (needs && !needs->planned)
				return false;
		}
	return true;
}

static err_t sort(
	struct arena *a, struct cx *cx, const struct list *tables, const struct list *references, struct list *out)
{
	struct copy_table *t = tables->items, *sorted = arena_array_of(a, struct copy_table, tables->n + 1);
	size_t n = 0;
	for (size_t before = 1; before != n;) {
		before = n;
		for (size_t i = 0; i < tables->n; i++)
			if (!t[i].planned && ready(tables, references, &t[i])) {
				t[i].planned = true;
				sorted[n++] = t[i];
			}
		if (n == tables->n)
			break;
	}
	*out = (struct list){ .items = sorted, .n = n };
	return n == tables->n ? ERR_OK : FAIL(cx, ERR_INTERNAL, "tables refer to each other in a circle");
}

err_t copy_plan(struct arena *a, struct cx *sqlite, struct cx *postgres, struct list *out)
{
	struct list rows, references, tables;
	TRY(db_list(postgres, &catalogue_row_type, &rows, COLUMNS, columns_sql, NULL));
	TRY(db_list(postgres, &reference_type, &references, REFERENCES, references_sql, NULL));
	gather(a, &rows, &tables);
	TRY(match(sqlite, &tables));
	for (size_t i = 0; i < tables.n; i++)
		if (!((struct copy_table *)tables.items)[i].keys)
			return FAIL(postgres, ERR_INTERNAL, "the table %s has no key",
				((struct copy_table *)tables.items)[i].name);
	return sort(a, postgres, &tables, &references, out);
}

/* --- statements ----------------------------------------------------------------------------------------------------- */

static const char *column_name(const struct copy_table *t, const struct copy_column *c, bool sqlite)
{
	return sqlite && t->virtual_ && c->key ? "rowid" : c->name;
}

/* "a", "b": all columns, or those of the key in its order. */
static void add_names(struct buf *b, const struct copy_table *t, bool sqlite, bool keys)
{
	const char *between = "";
	for (size_t k = 0; k < (keys ? t->keys : 1); k++)
		for (size_t i = 0; i < t->n; i++) {
			if (keys && t->columns[i].key != (int64_t)k + 1)
				continue;
			buf_printf(b, "%s\"%s\"", between, column_name(t, &t->columns[i], sqlite));
			between = ", ";
		}
}

const char *copy_read_sql(struct arena *a, const struct copy_table *t, bool sqlite, bool after, int batch)
{
	struct buf b = { .mem = a };
	buf_str(&b, sqlite ? "SELECT json_group_array(json(j)) FROM (SELECT json_array("
			   : "SELECT coalesce(json_agg(j), '[]')::text FROM (SELECT json_build_array(");
	add_names(&b, t, sqlite, false);
	buf_printf(&b, ") AS j FROM \"%s\"", t->name);
	if (after) {
		buf_str(&b, " WHERE (");
		add_names(&b, t, sqlite, true);
		buf_str(&b, ") > (");
		for (size_t i = 0; i < t->keys; i++)
			buf_printf(&b, "%s$%zu", i ? ", " : "", i + 1);
		buf_char(&b, ')');
	}
	buf_str(&b, " ORDER BY ");
	add_names(&b, t, sqlite, true);
	buf_printf(&b, " LIMIT %d) AS rows", batch);
	return buf_cstr(&b);
}

const char *copy_write_sql(struct arena *a, const struct copy_table *t, bool sqlite)
{
	struct buf b = { .mem = a };
	buf_printf(&b, "INSERT INTO \"%s\" (", t->name);
	add_names(&b, t, sqlite, false);
	buf_str(&b, ") SELECT ");
	for (size_t i = 0; i < t->n; i++)
		if (sqlite)
			buf_printf(&b, "%sjson_extract(value, '$[%zu]')", i ? ", " : "", i);
		else
			buf_printf(&b, "%s(e ->> %zu)::%s", i ? ", " : "", i, t->columns[i].type);
	buf_str(&b, sqlite ? " FROM json_each($1)" : " FROM json_array_elements($1::json) AS e");
	return buf_cstr(&b);
}

static const char *numbered(const struct copy_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->keys == 1 && t->columns[i].key && strcmp(t->columns[i].type, "bigint") == 0 && !t->virtual_)
			return t->columns[i].name;
	return NULL;
}

const char *copy_number_read_sql(struct arena *a, const struct copy_table *t, bool sqlite)
{
	const char *column = numbered(t);
	if (!column)
		return NULL;
	if (sqlite)
		return arena_printf(a, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = '%s'", t->name);
	return arena_printf(a,
		"SELECT coalesce(max(s.last_value), 0) FROM pg_sequences s WHERE s.schemaname = current_schema()"
		" AND s.sequencename = split_part(pg_get_serial_sequence('\"%s\"', '%s'), '.', 2)",
		t->name, column);
}

const char *copy_number_write_sql(struct arena *a, const struct copy_table *t, bool sqlite)
{
	const char *column = numbered(t);
	if (!column)
		return NULL;
	if (sqlite)
		return arena_printf(a, "INSERT INTO sqlite_sequence (name, seq) SELECT '%s', $1 WHERE $1 > 0", t->name);
	return arena_printf(
		a, "SELECT setval(pg_get_serial_sequence('\"%s\"', '%s'), $1) WHERE $1 > 0", t->name, column);
}
