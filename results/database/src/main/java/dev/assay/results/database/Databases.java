package dev.assay.results.database;

import dev.assay.results.RunFolder;
import dev.assay.results.sql.Answer;
import dev.assay.results.sql.RunDatabase;
import dev.assay.results.sql.SharedStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// What ServiceLoader finds.
public final class Databases implements RunDatabase {
    @Override
    public List<Exported> export(List<RunFolder> runs, Path file, boolean replace) throws IOException {
        return Export.write(runs, file, replace);
    }

    @Override
    public void query(String sql, List<RunFolder> runs, Answer answer) throws IOException {
        Query.ask(sql, runs, answer);
    }

    @Override
    public SharedStore store(String url) {
        return PostgresStore.open(StoreUrl.of(url));
    }
}
