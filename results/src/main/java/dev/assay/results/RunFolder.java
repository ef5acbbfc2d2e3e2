package dev.assay.results;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.assay.HarnessException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The folder of one run.
///
/// ```
/// manifest.json  env.json  plan.json  cases.csv  timing.csv  samples.csv  events.ndjson  SHA256SUMS
/// ```
///
/// While the run goes on there are the plan, the environment, a manifest without an end, and the journal; the tables
/// and, last, the sums are written from the journal when it ends. A folder without `SHA256SUMS` is unfinished.
/// `scorecard.csv` is there if the run asked published criteria.
public final class RunFolder {
    public static final String MANIFEST = "manifest.json";
    public static final String ENVIRONMENT = "env.json";
    public static final String PLAN = "plan.json";
    public static final String CASES = "cases.csv";
    public static final String TIMING = "timing.csv";
    public static final String SAMPLES = "samples.csv";
    public static final String SCORECARD = "scorecard.csv";
    public static final String EVENTS = "events.ndjson";
    /// Folder of what cases that did not pass were made of.
    public static final String TRACE = "trace";
    public static final String SUMS = "SHA256SUMS";
    /// Files that every folder of results has, whether of one run, merged or published.
    public static final List<String> ALWAYS = List.of(CASES, ENVIRONMENT, MANIFEST, PLAN, SAMPLES, TIMING);
    /// Files that some have.
    public static final List<String> SOMETIMES = List.of(EVENTS, SCORECARD);

    /// Files that every finished run has, except the sums themselves.
    private static final List<String> SUMMED = List.of(CASES, ENVIRONMENT, EVENTS, MANIFEST, PLAN, SAMPLES, TIMING);
    private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
    private static final String TIME = "yyyyMMdd'T'HHmmss'Z'";

    private final Path path;
    private final Disk disk;

    private RunFolder(Path path) {
        this(path, new Disk());
    }

    private RunFolder(Path path, Disk disk) {
        this.path = path;
        this.disk = disk;
    }

    /// For tests: the same folder, written to through another disk.
    RunFolder through(Disk other) {
        return new RunFolder(path, other);
    }

    /// A new folder below `parent`. Throws [HarnessException] if it cannot be made.
    public static RunFolder create(Path parent) {
        StringBuilder id = new StringBuilder(DateTimeFormatter.ofPattern(TIME, Locale.ROOT)
                        .format(Instant.now().atOffset(ZoneOffset.UTC)))
                .append('-');
        SecureRandom random = new SecureRandom();
        for (int i = 0; i < 8; i++) {
            id.append(BASE32.charAt(random.nextInt(BASE32.length())));
        }
        Path path = parent.resolve(id.toString());
        try {
            Files.createDirectories(parent);
            Files.createDirectory(path);
        } catch (IOException e) {
            throw new HarnessException(
                    "the folder for the results cannot be made: " + e,
                    parent.toString(),
                    "give another folder with -o, or make this one writable",
                    e);
        }
        return new RunFolder(path);
    }

    /// A folder that is there. Throws [HarnessException] if it holds no run.
    public static RunFolder of(Path path) {
        if (!Files.isRegularFile(path.resolve(PLAN))) {
            throw new HarnessException(
                    "no run in '" + path + "'", PLAN + " is missing", "give the folder that a run printed last");
        }
        return new RunFolder(path);
    }

    public Path path() {
        return path;
    }

    public String id() {
        // Given as `.`, a path does not end in its name.
        Path name = path.toAbsolutePath().normalize().getFileName();
        return name == null ? "" : name.toString();
    }

    public Path file(String name) {
        return path.resolve(name);
    }

    public boolean isFinished() {
        return Files.exists(file(SUMS));
    }

    public void writePlan(PlanFile plan) throws IOException {
        write(PLAN, Json.pretty(plan));
    }

    /// Throws [HarnessException] with file, line and field if it cannot be read.
    public PlanFile readPlan() throws IOException {
        return read(PLAN, new TypeReference<>() {});
    }

    public void writeManifest(Manifest manifest) throws IOException {
        write(MANIFEST, Json.pretty(manifest));
    }

    public Manifest readManifest() throws IOException {
        return read(MANIFEST, new TypeReference<>() {});
    }

    public void writeEnvironment(Map<String, Object> environment) throws IOException {
        write(ENVIRONMENT, Json.pretty(environment));
    }

    /// Throws [HarnessException] with file and line if it cannot be read.
    public Map<String, Object> readEnvironment() throws IOException {
        return read(ENVIRONMENT, new TypeReference<>() {});
    }

    private <T> T read(String name, TypeReference<T> type) throws IOException {
        String fix = "restore the file, or start the run anew";
        String text = Utf8.read(file(name), fix);
        try {
            T value = Json.FILES.readValue(text, type);
            if (value != null) {
                return value;
            }
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr());
            throw new HarnessException(
                    name + " cannot be read: " + Json.problem(e), file(name) + ", line " + line, fix, e);
        }
        throw new HarnessException(name + " holds nothing", file(name) + ", line 1", fix);
    }

    /// Writes the tables, the manifest and the sums. Throws [HarnessException] if one cannot be written; the folder
    /// is unfinished then, and no file is half-written.
    public void finish(
            Collection<CaseRow> cases, Collection<TimingRow> timings, Collection<SampleRow> samples, Manifest manifest)
            throws IOException {
        finish(cases, timings, samples, Optional.empty(), manifest);
    }

    /// As the other, with a scorecard.
    ///
    /// @param scorecard empty if the run did not ask for one
    public void finish(
            Collection<CaseRow> cases,
            Collection<TimingRow> timings,
            Collection<SampleRow> samples,
            Optional<? extends Collection<ScorecardRow>> scorecard,
            Manifest manifest)
            throws IOException {
        disk.delete(file(SUMS));
        write(CASES, CaseRow.class, cases);
        write(TIMING, TimingRow.class, timings);
        write(SAMPLES, SampleRow.class, samples);
        List<String> summed = new ArrayList<>(SUMMED);
        if (scorecard.isPresent()) {
            write(SCORECARD, ScorecardRow.class, List.copyOf(scorecard.get()));
            summed.add(SCORECARD);
            summed.sort(null);
        }
        writeManifest(manifest);
        write(SUMS, Sums.of(path, summed).format());
    }

    private void write(String name, String content) throws IOException {
        disk.write(file(name), content);
    }

    private <R extends Record & Keyed> void write(String name, Class<R> type, Collection<R> rows) throws IOException {
        disk.write(file(name), out -> new CsvTable<>(type).write(out, rows));
    }
}
