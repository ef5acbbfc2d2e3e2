package dev.assay.results.certify;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.HarnessException;
import dev.assay.results.Json;
import dev.assay.results.RunFolder;
import dev.assay.results.gate.Gate;
import dev.assay.results.gate.GateVerdict;
import dev.assay.results.gate.Policy;
import dev.assay.results.gate.Soundness;
import dev.assay.results.gate.UnsoundException;
import dev.assay.results.gate.Waivers;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/// Finds out whether an archive is what [Certificate] wrote, without anything from outside it but a public key.
public final class CertificateCheck {
    private static final long LARGEST_PART = 64L << 20;

    private final Path file;
    private final Optional<PublicKey> trusted;

    /// What holds of an archive in which nothing is wrong.
    ///
    /// @param keyId of who signed it
    /// @param isTrusted whether that is the key that was given
    /// @param files in it
    public record Checked(String keyId, boolean isTrusted, int files, GateVerdict verdict) {}

    private CertificateCheck(Path file, Optional<PublicKey> trusted) {
        this.file = file;
        this.trusted = trusted;
    }

    /// Throws [UnsoundException] that names what is wrong.
    ///
    /// @param trusted the key that must have signed it; without one, the archive's own says only that nobody else
    ///     changed it
    public static Checked of(Path file, Optional<PublicKey> trusted) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new HarnessException("no file '" + file + "'", file.toString(), "give what `assay certify` wrote");
        }
        try (ZipFile zip = new ZipFile(file.toFile())) {
            return new CertificateCheck(file, trusted).check(zip);
        } catch (ZipException | EOFException e) {
            throw new UnsoundException(file, List.of("it is no whole zip: " + e.getMessage()));
        }
    }

    private Checked check(ZipFile zip) throws IOException {
        stopAt(Archive.problems(file, zip));
        SortedMap<String, Archive.Source> files = Archive.files(zip);
        for (String name : List.of(
                Certificate.SUMS,
                Certificate.ATTESTATION,
                Certificate.POLICY,
                Certificate.VERDICT,
                Certificate.PUBLIC_KEY,
                Certificate.RUN + RunFolder.SUMS)) {
            if (!files.containsKey(name)) {
                stopAt(List.of("'" + name + "' is missing"));
            }
        }
        byte[] sums = bytes(files, Certificate.SUMS);
        stopAt(sumProblems(files, new String(sums, StandardCharsets.UTF_8)));
        PublicKey key = key(files);
        checkSignature(key, bytes(files, Certificate.ATTESTATION), Json.sha256(sums));
        long at = Archive.difference(file, files);
        if (at >= 0) {
            stopAt(List.of("the zip is not as it was written: byte " + at + " differs"));
        }
        GateVerdict verdict = checkRun(files);
        return new Checked(SigningKey.id(key), trusted.isPresent(), files.size(), verdict);
    }

    private void stopAt(List<String> problems) {
        if (!problems.isEmpty()) {
            throw new UnsoundException(file, problems);
        }
    }

    private static byte[] bytes(SortedMap<String, Archive.Source> files, String name) throws IOException {
        Archive.Source source = files.get(name);
        if (source == null) {
            throw new IOException("'" + name + "' is missing");
        }
        try (InputStream in = source.open()) {
            byte[] bytes = in.readNBytes((int) LARGEST_PART + 1);
            if (bytes.length > LARGEST_PART) {
                throw new IOException("'" + name + "' is larger than " + LARGEST_PART + " bytes");
            }
            return bytes;
        }
    }

    private static List<String> sumProblems(SortedMap<String, Archive.Source> files, String sums) throws IOException {
        List<String> problems = new ArrayList<>();
        Map<String, String> listed = new TreeMap<>();
        for (String line : sums.lines().toList()) {
            if (!line.matches("[0-9a-f]{64}  [A-Za-z0-9._/-]+")) {
                return List.of("'" + Certificate.SUMS + "' has a line that is none: '" + Archive.shown(line) + "'");
            }
            listed.put(line.substring(66), line.substring(0, 64));
        }
        for (Map.Entry<String, Archive.Source> one : files.entrySet()) {
            String name = one.getKey();
            String expected = listed.remove(name);
            if (name.equals(Certificate.SUMS) || name.equals(Certificate.ATTESTATION)) {
                continue;
            }
            if (expected == null) {
                problems.add("'" + name + "' is there and not in " + Certificate.SUMS);
            } else {
                String found = Certificate.sha256(one.getValue());
                if (!found.equals(expected)) {
                    problems.add("'" + name + "' was changed: its sha256 is " + found + ", not " + expected);
                }
            }
        }
        listed.keySet().forEach(name -> problems.add("'" + name + "' is missing"));
        return problems;
    }

    private PublicKey key(SortedMap<String, Archive.Source> files) throws IOException {
        PublicKey own;
        try {
            own = SigningKey.publicOf(
                    file, new String(bytes(files, Certificate.PUBLIC_KEY), StandardCharsets.ISO_8859_1));
        } catch (HarnessException e) {
            throw new UnsoundException(file, List.of("'" + Certificate.PUBLIC_KEY + "': " + e.what()));
        }
        if (trusted.isPresent() && !trusted.get().equals(own)) {
            stopAt(List.of(
                    "it was signed with another key: " + SigningKey.id(own) + ", not " + SigningKey.id(trusted.get())));
        }
        return own;
    }

    private void checkSignature(PublicKey key, byte[] attestation, String sumsSha256) {
        String name = "'" + Certificate.ATTESTATION + "': ";
        try {
            Attestation signed = Attestation.parse(attestation);
            if (!signed.isSignedBy(key)) {
                stopAt(List.of(name + "the signature is not that of key " + SigningKey.id(key)));
            }
            JsonNode subject = signed.statement().path("subject").path(0);
            String digest = subject.path("digest").path("sha256").asText();
            if (!subject.path("name").asText().equals(Certificate.SUMS) || !digest.equals(sumsSha256)) {
                stopAt(List.of(name + "what is signed is not '" + Certificate.SUMS + "' of this archive: its sha256 is "
                        + sumsSha256 + ", not " + digest));
            }
        } catch (IOException e) {
            stopAt(List.of(name + e.getMessage()));
        }
    }

    /// The run is unpacked, verified like any other, and gated once more under its own policy, waivers and date.
    private GateVerdict checkRun(SortedMap<String, Archive.Source> files) throws IOException {
        Path unpacked = Files.createTempDirectory("assay-verify");
        try {
            for (Map.Entry<String, Archive.Source> one : files.entrySet()) {
                if (one.getKey().startsWith(Certificate.RUN)) {
                    try (InputStream in = one.getValue().open()) {
                        Files.copy(in, unpacked.resolve(one.getKey().substring(Certificate.RUN.length())));
                    }
                }
            }
            List<String> problems = Soundness.problems(unpacked).stream()
                    .map(problem -> problem.replace(unpacked.toString(), "run"))
                    .toList();
            stopAt(problems);
            return checkVerdict(files, RunFolder.of(unpacked));
        } catch (HarnessException e) {
            if (e instanceof UnsoundException) {
                throw e;
            }
            throw new UnsoundException(file, List.of(e.oneLine().replace(unpacked.toString(), "run")));
        } finally {
            try (Stream<Path> all = Files.walk(unpacked)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    private GateVerdict checkVerdict(SortedMap<String, Archive.Source> files, RunFolder run) throws IOException {
        byte[] text = bytes(files, Certificate.VERDICT);
        Optional<byte[]> waiverBytes = files.containsKey(Certificate.WAIVERS)
                ? Optional.of(bytes(files, Certificate.WAIVERS))
                : Optional.empty();
        Policy policy = Policy.parse(file.resolve(Certificate.POLICY), bytes(files, Certificate.POLICY));
        Waivers waivers = Certificate.waivers(file.resolve(Certificate.WAIVERS), waiverBytes);
        LocalDate today;
        try {
            today = LocalDate.parse(Json.STRICT.readTree(text).path("today").asText());
        } catch (DateTimeException | IOException e) {
            throw new UnsoundException(file, List.of("'" + Certificate.VERDICT + "' has no date"));
        }
        Gate gate = new Gate(policy, waivers, today, run.readManifest(), run.readPlan());
        waiverBytes.ifPresent(bytes -> gate.waiversAre(Json.sha256(bytes)));
        gate.see(run);
        GateVerdict again = gate.verdict();
        if (!again.text().equals(new String(text, StandardCharsets.UTF_8)) || !again.isPassed()) {
            stopAt(List.of("'" + Certificate.VERDICT + "' is not what the gate says of this run: exit code "
                    + again.exitCode()));
        }
        return again;
    }
}
