package dev.assay.results.database;

import dev.assay.HarnessException;
import dev.assay.results.sql.StoreBusyException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import org.postgresql.Driver;

/// Connects to PostgreSQL, brings the tables to this version, and explains what the server objects to.
final class Postgres {
    /// What the tests run on, and the oldest of which the functions used here are known to work.
    private static final int OLDEST = 15;

    /// In the order in which they are applied; the first makes version 1.
    private static final List<String> MIGRATIONS = List.of("V1.sql");

    /// Of the lock under which tables are changed: "assay" in ASCII.
    private static final long MIGRATION_LOCK = 0x6173736179L;

    private static final String DOC = "docs/database.md has the rights that a user needs";

    private Postgres() {}

    static Connection connect(StoreUrl url) {
        Properties properties = url.properties();
        properties.setProperty("ApplicationName", "assay");
        properties.setProperty("connectTimeout", "10");
        properties.setProperty("socketTimeout", "120");
        properties.setProperty("tcpKeepAlive", "true");
        try {
            Connection connection = new Driver().connect(url.jdbc(), properties);
            if (connection == null) {
                throw new IllegalStateException("PostgreSQL's driver refused its own address");
            }
            try {
                prepare(connection, url);
                return connection;
            } catch (SQLException | RuntimeException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException e) {
            throw explained(e, url);
        }
    }

    private static void prepare(Connection connection, StoreUrl url) throws SQLException {
        refuseOld(connection.getMetaData().getDatabaseMajorVersion(), url);
        int version = version(connection);
        if (version == MIGRATIONS.size()) {
            return;
        }
        if (version < MIGRATIONS.size()) {
            migrate(connection);
            version = version(connection);
        }
        if (version > MIGRATIONS.size()) {
            throw new HarnessException(
                    "the store has version " + version + " of its tables, and this Assay knows version "
                            + MIGRATIONS.size(),
                    url.toString(),
                    "use the Assay that made it, or a newer one");
        }
    }

    static void refuseOld(int major, StoreUrl url) {
        if (major < OLDEST) {
            throw new HarnessException(
                    "the server is PostgreSQL " + major, url.toString(), "use PostgreSQL " + OLDEST + " or later");
        }
    }

    private static void migrate(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            // Of many that come at once, one makes the tables; the others find them made.
            statement.execute("SELECT pg_advisory_xact_lock(" + MIGRATION_LOCK + ")");
            for (int version = version(connection); version < MIGRATIONS.size(); version++) {
                statement.execute(script(MIGRATIONS.get(version)));
            }
            connection.commit();
        } catch (SQLException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    /// 0 if there are no tables.
    private static int version(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            try (ResultSet table =
                    statement.executeQuery("SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                            + " WHERE n.nspname = 'assay' AND c.relname = 'schema_version'")) {
                if (!table.next()) {
                    return 0;
                }
            }
            try (ResultSet result = statement.executeQuery("SELECT max(version) FROM assay.schema_version")) {
                return result.next() ? result.getInt(1) : 0;
            }
        }
    }

    private static String script(String name) {
        try (InputStream in = Postgres.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing in the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(name + " cannot be read", e);
        }
    }

    /// What an error of the server or of the connection means to who asked.
    static HarnessException explained(SQLException e, StoreUrl url) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        String where = url.toString();
        // The driver's own word for a missing password is of the class of lost connections.
        boolean rejected = state.equals("08004");
        return switch (rejected ? "28" : state.substring(0, Math.min(2, state.length()))) {
            case "08", "57", "53", "40" ->
                new StoreBusyException(
                        "the store cannot be reached or used now: " + message,
                        where,
                        "see that the server runs, accepts connections from here, and has room; then try again",
                        e);
            case "28" ->
                new HarnessException(
                        "the store does not let this user in: " + message,
                        where,
                        "set PGPASSWORD, or a line of ~/.pgpass with mode 0600: host:port:database:user:password",
                        e);
            case "3D" ->
                new HarnessException(
                        "there is no database '" + url.database() + "'",
                        where,
                        "make it: createdb " + url.database(),
                        e);
            case "42" ->
                new HarnessException(
                        (state.equals("42501") ? "the user lacks a right: " : "the tables are not ours: ") + message,
                        where,
                        DOC,
                        e);
            default -> new HarnessException("the store failed (" + state + "): " + message, where, DOC, e);
        };
    }
}
