package dev.assay.results;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.assay.HarnessException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The folder of one run.
///
/// ```
/// manifest.json  env.json  plan.json  cases.csv  timing.csv  samples.csv  events.ndjson  SHA256SUMS
/// ```
///
/// While the run goes on there are the plan, the environment, a manifest without an end, and the journal; the tables
/// and, last, the sums are written from the journal when it ends. A folder without `SHA256SUMS` is unfinished.
public final class RunFolder {
    public static final String MANIFEST = "manifest.json";
    public static final String ENVIRONMENT = "env.json";
    public static final String PLAN = "plan.json";
    public static final String CASES = "cases.csv";
    public static final String TIMING = "timing.csv";
    public static final String SAMPLES = "samples.csv";
    public static final String EVENTS = "events.ndjson";
    public static final String SUMS = "SHA256SUMS";

    private static final List<String> SUMMED = List.of(CASES, ENVIRONMENT, EVENTS, MANIFEST, PLAN, SAMPLES, TIMING);
    private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final Path path;

    private RunFolder(Path path) {
        this.path = path;
    }

    /// A new folder below `parent`. Throws [HarnessException] if it cannot be made.
    public static RunFolder create(Path parent) {
        StringBuilder id = new StringBuilder(TIME.format(Instant.now())).append('-');
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
        return path.getFileName().toString();
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

    public PlanFile readPlan() throws IOException {
        return read(PLAN, PlanFile.class);
    }

    private <T> T read(String name, Class<T> type) throws IOException {
        try {
            return Json.STRICT.readValue(Files.readString(file(name), StandardCharsets.UTF_8), type);
        } catch (JsonProcessingException e) {
            throw new HarnessException(
                    "a file of the run cannot be read: " + e.getOriginalMessage(),
                    file(name) + ", line "
                            + (e.getLocation() == null ? 0 : e.getLocation().getLineNr()),
                    "start the run anew",
                    e);
        }
    }

    public void writeManifest(Manifest manifest) throws IOException {
        write(MANIFEST, Json.pretty(manifest));
    }

    public Manifest readManifest() throws IOException {
        return read(MANIFEST, Manifest.class);
    }

    public void writeEnvironment(Map<String, Object> environment) throws IOException {
        write(ENVIRONMENT, Json.pretty(environment));
    }

    public Map<String, Object> readEnvironment() throws IOException {
        return Json.STRICT.readValue(
                Files.readString(file(ENVIRONMENT), StandardCharsets.UTF_8), new TypeReference<>() {});
    }

    /// Writes the tables, the manifest and the sums.
    public void finish(
            Collection<CaseRow> cases, Collection<TimingRow> timings, Collection<SampleRow> samples, Manifest manifest)
            throws IOException {
        Files.deleteIfExists(file(SUMS));
        write(CASES, new CsvTable<>(CaseRow.class).format(cases));
        write(TIMING, new CsvTable<>(TimingRow.class).format(timings));
        write(SAMPLES, new CsvTable<>(SampleRow.class).format(samples));
        writeManifest(manifest);
        StringBuilder sums = new StringBuilder();
        for (String name : SUMMED) {
            sums.append(sha256(file(name))).append("  ").append(name).append('\n');
        }
        write(SUMS, sums.toString());
    }

    private static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file);
                DigestInputStream digesting = new DigestInputStream(in, MessageDigest.getInstance("SHA-256"))) {
            digesting.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digesting.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /// Writes beside the file and moves it into place, so that it is either the old one or the new one.
    private void write(String name, String content) throws IOException {
        Path beside = file(name + ".part");
        Files.writeString(beside, content, StandardCharsets.UTF_8);
        try {
            Files.move(beside, file(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(beside, file(name), StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
