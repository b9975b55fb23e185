-- What Citus demands of a schema, asked of pg_catalog, by functions of the names that Citus' own have: so deploy/citus.sql runs on a
-- bare PostgreSQL, and fails where Citus would. The rules are those of Citus' documentation ("Creating and Modifying Distributed
-- Objects", "SQL Support and Workarounds") and of its own error messages.
CREATE SCHEMA citus_rules;
CREATE TABLE citus_rules.placed (tab regclass PRIMARY KEY, col name, family text); -- no column: a reference table

CREATE FUNCTION citus_rules.holds(keys int2[], tab regclass, col name) RETURNS boolean LANGUAGE sql AS $$
	SELECT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = tab AND attname = col AND attnum = ANY (keys)) $$;

-- A foreign key of a distributed table leads to a reference table, or to one of its own family, from one distribution column to the
-- other; one of a reference table or, when all are in their places, of a local one leads to no distributed table.
CREATE FUNCTION citus_rules.wrong_key(c pg_constraint, finished boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	here citus_rules.placed; there citus_rules.placed; together boolean;
BEGIN
	SELECT * INTO here FROM citus_rules.placed WHERE tab = c.conrelid;
	SELECT * INTO there FROM citus_rules.placed WHERE tab = c.confrelid;
	IF there.col IS NULL THEN
		RETURN CASE WHEN here.col IS NOT NULL AND there.tab IS NULL
			THEN format('%s: the referenced table %s must be distributed or a reference table', c.conname, c.confrelid::regclass) END;
	END IF;
	IF here.tab IS NULL AND NOT finished THEN
		RETURN NULL;
	ELSIF here.col IS NULL THEN
		RETURN format('%s: a foreign key from %s to the distributed table %s', c.conname, c.conrelid::regclass, c.confrelid::regclass);
	END IF;
	SELECT bool_or(a.attname = here.col AND b.attname = there.col) INTO together FROM unnest(c.conkey, c.confkey) AS k (mine, theirs)
		JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.mine JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = k.theirs;
	IF here.family <> there.family OR NOT COALESCE(together, FALSE) THEN
		RETURN format('%s: %s and %s are not co-located on it', c.conname, c.conrelid::regclass, c.confrelid::regclass);
	END IF;
	RETURN CASE WHEN c.confdeltype IN ('n', 'd') OR c.confupdtype <> 'a' THEN format('%s: it would change a distribution column', c.conname) END;
END $$;

-- All that is wrong with the schema as it is now; asked at the end of each step below and again by whoever likes.
CREATE FUNCTION citus_rules.problems(finished boolean) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT format('%s: unique, and does not hold %s of %s', i.indexrelid::regclass, p.col, p.tab) FROM pg_index i JOIN citus_rules.placed p ON p.tab = i.indrelid
		WHERE p.col IS NOT NULL AND i.indisunique AND NOT citus_rules.holds(i.indkey::int2[], p.tab, p.col)
	UNION ALL SELECT format('%s: an exclusion constraint of %s', c.conname, p.tab) FROM pg_constraint c JOIN citus_rules.placed p ON p.tab = c.conrelid
		WHERE c.contype = 'x' AND p.col IS NOT NULL
	UNION ALL SELECT citus_rules.wrong_key(c, finished) FROM pg_constraint c WHERE c.contype = 'f' AND citus_rules.wrong_key(c, finished) IS NOT NULL
	UNION ALL SELECT format('%s: a trigger of %s', t.tgname, p.tab) FROM pg_trigger t JOIN citus_rules.placed p ON p.tab = t.tgrelid
		WHERE NOT t.tgisinternal AND t.tgname <> 'citus_rules'
	UNION ALL SELECT format('%s: rules and inheritance are not distributed', p.tab) FROM pg_class k JOIN citus_rules.placed p ON p.tab = k.oid
		WHERE k.relhasrules OR k.relhassubclass OR k.relpersistence <> 'p'
	UNION ALL SELECT format('%s.%s: an identity that is not BIGINT', p.tab, a.attname) FROM pg_attribute a JOIN citus_rules.placed p ON p.tab = a.attrelid
		WHERE a.attidentity <> '' AND a.atttypid <> 'bigint'::regtype
	UNION ALL SELECT format('%s.%s: a distribution column that may be empty, or is computed', p.tab, a.attname) FROM pg_attribute a
		JOIN citus_rules.placed p ON p.tab = a.attrelid AND p.col = a.attname WHERE NOT a.attnotnull OR a.attgenerated <> '' $$;

CREATE FUNCTION citus_rules.check_now(finished boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	wrong text;
BEGIN
	SELECT string_agg(p, '; ') INTO wrong FROM citus_rules.problems(finished) AS p;
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION 'Citus would refuse: %', wrong;
	END IF;
END $$;

-- Citus refuses each UPDATE that names the distribution column, whatever it is set to.
CREATE FUNCTION citus_rules.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'Citus would refuse: an UPDATE that names the distribution column of %', TG_TABLE_NAME;
END $$;

CREATE FUNCTION create_distributed_table(tab regclass, col text, colocate_with text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	relatives text := CASE colocate_with WHEN 'none' THEN tab::text ELSE (SELECT p.family FROM citus_rules.placed p WHERE p.tab = colocate_with::regclass) END;
	other oid := (SELECT a.atttypid FROM citus_rules.placed p JOIN pg_attribute a ON a.attrelid = p.tab AND a.attname = p.col WHERE p.tab = relatives::regclass);
BEGIN
	IF relatives IS NULL OR other <> (SELECT atttypid FROM pg_attribute WHERE attrelid = tab AND attname = col) THEN
		RAISE EXCEPTION 'Citus would refuse: % cannot be co-located with %', tab, colocate_with;
	END IF;
	INSERT INTO citus_rules.placed VALUES (tab, col, relatives);
	EXECUTE format('CREATE TRIGGER citus_rules BEFORE UPDATE OF %I ON %s FOR EACH STATEMENT EXECUTE FUNCTION citus_rules.refuse()', col, tab);
	PERFORM citus_rules.check_now(FALSE);
END $$;

CREATE FUNCTION create_reference_table(tab regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO citus_rules.placed VALUES (tab, NULL, NULL);
	PERFORM citus_rules.check_now(FALSE);
END $$;
