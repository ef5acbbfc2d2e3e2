package dev.assay.results.sql;

import dev.assay.HarnessException;
import dev.assay.results.RunFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;

/// Runs in databases. The module `results/database` implements it, and is found by ServiceLoader.
///
/// The tables are `runs` (one row per run), `cases`, `timing` and `samples` (the columns of the CSV files,
/// in front of them `run_id`, `hw_class` and `started_at`). Empty cells are NULL.
public interface RunDatabase {

    /// Writes all tables of the runs. The rows are in an order that does not depend on the order of the
    /// runs given.
    ///
    /// @param file ends in `.duckdb` for one file, or in `.parquet` for a file per table, whose name
    ///     has the table's before the ending
    /// @param replace whether what is there may be overwritten
    /// @return what was written, table by table
    List<Exported> export(List<RunFolder> runs, Path file, boolean replace) throws IOException;

    /// Asks one SELECT. It sees the runs and nothing else: no file, no network, no setting can be reached
    /// from SQL. Throws [HarnessException] with one sentence for SQL that is wrong.
    void query(String sql, List<RunFolder> runs, Answer answer) throws IOException;

    /// Opens a store that many share; creates its tables if it has none. Throws [HarnessException] if it
    /// cannot be reached or used, [StoreBusyException] if it can another time.
    ///
    /// @param url `postgresql://[user[:password]@]host[:port]/database[?sslmode=...]`
    SharedStore store(String url);

    /// A table that was written.
    record Exported(String table, Path file, long rows) {}

    /// The installed one. Throws [HarnessException] that says how to get it if there is none.
    static RunDatabase installed() {
        return ServiceLoader.load(RunDatabase.class)
                .findFirst()
                .orElseThrow(() -> new HarnessException(
                        "databases are not installed: they are 80 MB that most people do not need",
                        "no jar on the class path has META-INF/services/" + RunDatabase.class.getName(),
                        "unpack assay-database.zip in Assay's folder; in the source tree, `./mvnw -pl"
                                + " results/database -am package -DskipTests` makes"
                                + " results/database/target/assay-database/plugins, which ASSAY_PLUGINS then names"));
    }
}
