package dev.assay.results;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.assay.HarnessException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/// The folder of one examination of the judge.
///
/// ```
/// settings.json  events.ndjson  selftest.csv  variations.csv  summary.txt
/// ```
///
/// While it goes on there are the settings and the journal, which has every row as soon as it is made; the tables and
/// the summary are written when it ends.
public final class SelftestFolder {
    public static final String SETTINGS = "settings.json";
    public static final String EVENTS = "events.ndjson";
    public static final String MUTANTS = "selftest.csv";
    public static final String VARIATIONS = "variations.csv";
    public static final String SUMMARY = "summary.txt";

    private static final String MUTANT_JUDGED = "mutant_judged";
    private static final String VARIATION_JUDGED = "variation_judged";
    private static final CsvTable<MutantRow> MUTANT_TABLE = new CsvTable<>(MutantRow.class);
    private static final CsvTable<VariationRow> VARIATION_TABLE = new CsvTable<>(VariationRow.class);

    private final Path path;

    private SelftestFolder(Path path) {
        this.path = path;
    }

    /// What the journal holds so far.
    ///
    /// @param variations one row for each seed
    public record Rows(List<MutantRow> mutants, List<VariationRow> variations) {}

    /// A new folder below `parent`. Throws [HarnessException] if it cannot be made.
    ///
    /// @param settings what has to be known to go on later
    public static SelftestFolder create(Path parent, Object settings) throws IOException {
        SelftestFolder folder = new SelftestFolder(RunFolder.create(parent).path());
        folder.write(SETTINGS, Json.pretty(settings));
        return folder;
    }

    /// A folder that is there. Throws [HarnessException] if it holds no examination.
    public static SelftestFolder of(Path path) {
        if (!Files.isRegularFile(path.resolve(SETTINGS))) {
            throw new HarnessException(
                    "no selftest in '" + path + "'",
                    SETTINGS + " is missing",
                    "give the folder that `assay selftest` printed last");
        }
        return new SelftestFolder(path);
    }

    public Path path() {
        return path;
    }

    /// Throws [HarnessException] with file and line if they cannot be read.
    ///
    /// @param <T> type of the settings
    public <T> T readSettings(TypeReference<T> type) throws IOException {
        String fix = "restore the file, or begin anew";
        Path file = path.resolve(SETTINGS);
        try {
            T settings = Json.FILES.readValue(Utf8.read(file, fix), type);
            if (settings != null) {
                return settings;
            }
        } catch (JsonProcessingException e) {
            throw new HarnessException(SETTINGS + " cannot be read: " + Json.problem(e), file.toString(), fix, e);
        }
        throw new HarnessException(SETTINGS + " holds nothing", file.toString(), fix);
    }

    /// Opens the journal for more rows. Throws [HarnessException] while somebody else has it open.
    public Journal journal() throws IOException {
        return Journal.open(path.resolve(EVENTS));
    }

    public static void add(Journal journal, MutantRow row) throws IOException {
        journal.note(MUTANT_JUDGED, MUTANT_TABLE.texts(row));
    }

    public static void add(Journal journal, VariationRow row) throws IOException {
        journal.note(VARIATION_JUDGED, VARIATION_TABLE.texts(row));
    }

    /// Every row of the journal. Throws [HarnessException] with file and line for one that cannot be read.
    public Rows rows() throws IOException {
        Path file = path.resolve(EVENTS);
        List<MutantRow> mutants = new ArrayList<>();
        List<VariationRow> variations = new ArrayList<>();
        long line = 0;
        for (Event event : Files.exists(file) ? Journal.read(file) : List.<Event>of()) {
            line++;
            Map<String, String> texts = event.facts() == null ? Map.of() : event.facts();
            if (event.type().equals(MUTANT_JUDGED)) {
                mutants.add(MUTANT_TABLE.row(texts, file, line));
            } else if (event.type().equals(VARIATION_JUDGED)) {
                variations.add(VARIATION_TABLE.row(texts, file, line));
            }
        }
        return new Rows(mutants, variations);
    }

    /// Writes the tables and the summary.
    public void finish(Collection<MutantRow> mutants, Collection<VariationRow> variations, String summary)
            throws IOException {
        write(MUTANTS, MUTANT_TABLE.format(mutants));
        write(VARIATIONS, VARIATION_TABLE.format(variations));
        write(SUMMARY, summary);
    }

    private void write(String name, String content) throws IOException {
        Path beside = path.resolve(name + ".part");
        try {
            Files.writeString(beside, content, StandardCharsets.UTF_8);
            Files.move(beside, path.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            Files.deleteIfExists(beside);
            throw new StorageException(
                    name + " cannot be written: " + e.getMessage(),
                    path.resolve(name).toString(),
                    e);
        }
    }
}
