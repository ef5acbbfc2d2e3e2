package dev.assay.results.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDriver;

/// Opens DuckDB in memory.
final class DuckDb {
    private DuckDb() {}

    /// A database that loads no extension by itself, and leaves nothing on the disk.
    static DuckDBConnection open() throws SQLException {
        Connection connection = new DuckDBDriver().connect("jdbc:duckdb:", new Properties());
        if (connection == null) {
            throw new IllegalStateException("DuckDB's driver refused its own address");
        }
        DuckDBConnection duck = connection.unwrap(DuckDBConnection.class);
        run(
                duck,
                "SET autoinstall_known_extensions = false",
                "SET autoload_known_extensions = false",
                "SET allow_community_extensions = false",
                "SET temp_directory = ''",
                "SET preserve_insertion_order = true");
        return duck;
    }

    /// From here on nothing outside of the database can be reached, and this cannot be taken back.
    static void lock(DuckDBConnection connection) throws SQLException {
        run(connection, "SET enable_external_access = false", "SET lock_configuration = true");
    }

    static void run(DuckDBConnection connection, String... commands) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String command : commands) {
                statement.execute(command);
            }
        }
    }

    /// As a literal of SQL.
    static String quoted(Object text) {
        return "'" + text.toString().replace("'", "''") + "'";
    }
}
