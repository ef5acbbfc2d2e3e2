package dev.assay.results.compare;

import dev.assay.results.CaseRow;
import dev.assay.results.CsvTable;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.RunFolder;
import dev.assay.results.SampleRow;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The cases of one side in the order of their keys, each with its samples. Holds one case at a time.
final class CaseCursor implements Closeable {
    private final Side side;
    private final Cursor<CaseRow> cases;
    private final Cursor<SampleRow> samples;

    CaseCursor(Side side) throws IOException {
        this.side = side;
        cases = new Cursor<>(new CsvTable<>(CaseRow.class), side.folder().file(RunFolder.CASES));
        samples = new Cursor<>(new CsvTable<>(SampleRow.class), side.folder().file(RunFolder.SAMPLES));
        skip();
    }

    /// The case where it stands; null behind the last one.
    @Nullable
    CaseRow row() {
        return cases.row();
    }

    void advance() throws IOException {
        cases.advance();
        skip();
    }

    private void skip() throws IOException {
        for (CaseRow row = cases.row(); row != null && !isWanted(row); row = cases.row()) {
            cases.advance();
        }
    }

    private boolean isWanted(CaseRow row) {
        Optional<BackendRef> only = side.only();
        return only.isEmpty()
                || (row.backend().equals(only.get().id())
                        && row.backendOptions().equals(only.get().options()));
    }

    /// Of this case, once.
    List<SampleRow> samples(CaseRow row) throws IOException {
        List<SampleRow> taken = new ArrayList<>();
        for (SampleRow sample = samples.row(); sample != null; sample = samples.row()) {
            int order = sample.key().compareTo(row.key());
            if (order > 0) {
                break;
            }
            if (order == 0) {
                taken.add(sample);
            }
            samples.advance();
        }
        return taken;
    }

    @Override
    public void close() throws IOException {
        cases.close();
        samples.close();
    }
}
