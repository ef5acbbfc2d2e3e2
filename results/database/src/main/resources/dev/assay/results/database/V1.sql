-- Version 1 of the shared store. Runs are kept whole and never change; docs/database.md explains the columns.

CREATE SCHEMA IF NOT EXISTS assay;

CREATE TABLE assay.schema_version (
    version integer PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- Every attempt to write a run gets a larger number; only the holder of the latest one can seal.
CREATE SEQUENCE assay.fence;

CREATE TABLE assay.run (
    run_id text PRIMARY KEY,
    content_sha256 text NOT NULL CHECK (content_sha256 ~ '^[0-9a-f]{64}$'),
    state text NOT NULL CHECK (state IN ('writing', 'sealed')),
    fence bigint NOT NULL,
    backend_pid integer NOT NULL,
    lease_until timestamptz NOT NULL,
    sealed_at timestamptz,
    bytes bigint,
    started_at text,
    hw_class text,
    version text,
    commit text,
    complete boolean,
    exit_code integer,
    CHECK ((state = 'sealed') = (sealed_at IS NOT NULL))
);

CREATE TABLE assay.file (
    run_id text NOT NULL REFERENCES assay.run,
    fence bigint NOT NULL,
    name text NOT NULL,
    bytes bigint NOT NULL,
    sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    PRIMARY KEY (run_id, fence, name)
);

-- Attempts do not meet: with the fence in the key, a hung writer holds no lock that a later one would wait for.
CREATE TABLE assay.piece (
    run_id text NOT NULL,
    fence bigint NOT NULL,
    name text NOT NULL,
    number integer NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (run_id, fence, name, number),
    FOREIGN KEY (run_id, fence, name) REFERENCES assay.file
);

CREATE FUNCTION assay.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'run % is sealed and never changes', OLD.run_id USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER sealed_runs_stay BEFORE UPDATE OR DELETE ON assay.run
    FOR EACH ROW WHEN (OLD.state = 'sealed') EXECUTE FUNCTION assay.refuse_change();

CREATE TRIGGER files_stay BEFORE UPDATE ON assay.file FOR EACH ROW EXECUTE FUNCTION assay.refuse_change();

CREATE TRIGGER pieces_stay BEFORE UPDATE ON assay.piece FOR EACH ROW EXECUTE FUNCTION assay.refuse_change();

CREATE VIEW assay.sealed_run AS
    SELECT run_id, started_at, hw_class, version, commit, complete, exit_code, bytes, content_sha256, sealed_at
    FROM assay.run WHERE state = 'sealed';

INSERT INTO assay.schema_version (version) VALUES (1);
