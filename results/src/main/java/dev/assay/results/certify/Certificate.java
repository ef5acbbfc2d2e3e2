package dev.assay.results.certify;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.HarnessException;
import dev.assay.results.Json;
import dev.assay.results.Manifest;
import dev.assay.results.RunFolder;
import dev.assay.results.gate.GateVerdict;
import dev.assay.results.gate.Policy;
import dev.assay.results.gate.Soundness;
import dev.assay.results.gate.Waivers;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Makes an archive of a run that passed its gate.
///
/// ```
/// SHA256SUMS  attestation.dsse.json  policy.json  public.pem  run/...  verdict.json  waivers.json
/// ```
///
/// `SHA256SUMS` has every other file but the attestation, which signs the digest of `SHA256SUMS`.
public final class Certificate {
    static final String SUMS = "SHA256SUMS";
    static final String ATTESTATION = "attestation.dsse.json";
    static final String POLICY = "policy.json";
    static final String WAIVERS = "waivers.json";
    static final String VERDICT = "verdict.json";
    static final String PUBLIC_KEY = "public.pem";
    static final String RUN = "run/";
    static final String RELEASE = "RELEASE";

    private Certificate() {}

    /// Throws [HarnessException] for a run that cannot be certified: not finished, not sound, from a tree with changes,
    /// no release run, or not passed by the gate.
    ///
    /// @param waivers the file as it is; empty without one
    /// @param verdict what the gate says of this run under this policy and these waivers
    public static void write(
            Path file, RunFolder run, Policy policy, Optional<byte[]> waivers, GateVerdict verdict, SigningKey key)
            throws IOException {
        check(run, verdict);
        SortedMap<String, Archive.Source> files = new TreeMap<>();
        for (String line : Files.readAllLines(run.file(RunFolder.SUMS), StandardCharsets.UTF_8)) {
            String name = line.substring(line.indexOf("  ") + 2);
            files.put(RUN + name, () -> Files.newInputStream(run.file(name)));
        }
        files.put(RUN + RunFolder.SUMS, () -> Files.newInputStream(run.file(RunFolder.SUMS)));
        put(files, POLICY, policy.text());
        put(files, VERDICT, verdict.text());
        put(files, PUBLIC_KEY, key.publicPem());
        waivers.ifPresent(bytes -> files.put(WAIVERS, () -> new ByteArrayInputStream(bytes)));
        StringBuilder sums = new StringBuilder();
        Map<String, String> configuration = new LinkedHashMap<>();
        for (Map.Entry<String, Archive.Source> one : files.entrySet()) {
            String sha256 = sha256(one.getValue());
            sums.append(sha256).append("  ").append(one.getKey()).append('\n');
            if (!one.getKey().startsWith(RUN) || one.getKey().equals(RUN + RunFolder.PLAN)) {
                configuration.put(one.getKey(), sha256);
            }
        }
        put(files, SUMS, sums.toString());
        put(
                files,
                ATTESTATION,
                Attestation.of(Attestation.statement(SUMS, Json.sha256(sums.toString()), configuration, verdict), key)
                        .text());
        Path beside = file.resolveSibling(file.getFileName() + ".part");
        try (OutputStream out = Files.newOutputStream(
                beside, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            Archive.write(out, files);
        }
        Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
    }

    /// Throws [HarnessException] for a run that cannot be certified.
    public static void check(RunFolder run, GateVerdict verdict) throws IOException {
        Soundness.check(run.path());
        Manifest manifest = run.readManifest();
        if (!Boolean.TRUE.equals(manifest.cleanTree())) {
            throw refused(run, "the run was made by a program whose source was not exactly a commit", "build from one");
        }
        JsonNode mode = run.readPlan().settings().path("mode");
        if (!mode.asText().equals(RELEASE)) {
            throw refused(run, "the run is of mode '" + mode.asText() + "'", "run again with --release");
        }
        if (!manifest.complete()) {
            throw refused(run, "the run is not complete", "go on with `assay run --resume`");
        }
        if (!verdict.isPassed()) {
            throw refused(run, "the gate failed with exit code " + verdict.exitCode(), "see `assay gate`");
        }
    }

    private static HarnessException refused(RunFolder run, String what, String fix) {
        return new HarnessException(
                what + ", so it is not certified", run.path().toString(), fix);
    }

    private static void put(SortedMap<String, Archive.Source> files, String name, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        files.put(name, () -> new ByteArrayInputStream(bytes));
    }

    static String sha256(Archive.Source source) throws IOException {
        try (InputStream in = source.open();
                DigestInputStream digesting = new DigestInputStream(in, MessageDigest.getInstance("SHA-256"))) {
            digesting.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digesting.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /// Waivers as they stand in an archive.
    static Waivers waivers(Path file, Optional<byte[]> bytes) {
        return bytes.map(text -> Waivers.parse(file, text)).orElse(Waivers.NONE);
    }
}
