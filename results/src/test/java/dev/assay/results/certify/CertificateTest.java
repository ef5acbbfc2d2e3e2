package dev.assay.results.certify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.HarnessException;
import dev.assay.results.Json;
import dev.assay.results.RunFolder;
import dev.assay.results.Verdict;
import dev.assay.results.certify.CertificateCheck.Checked;
import dev.assay.results.gate.Gate;
import dev.assay.results.gate.GateVerdict;
import dev.assay.results.gate.Policy;
import dev.assay.results.gate.RunFixture;
import dev.assay.results.gate.UnsoundException;
import dev.assay.results.gate.Waivers;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateTest {
    private static final LocalDate TODAY = LocalDate.of(2026, 11, 28);
    private static final String SOFTMAX = "softmax/f16/7x33/-/normal";
    private static final String WAIVED = """
            {"schema": 1, "waivers": [{"id": "w1", "case": "softmax/f16/7x33/-/normal", "backend": "acme",
              "verdict": "fail", "worst_error_ratio": 3, "owner": "Ada", "reason": "known", "expires": "2026-12-31"}]}
            """;

    @TempDir
    private Path folder;

    private SigningKey key;
    private PublicKey publicKey;
    private Path archive;

    @BeforeEach
    void certify() throws IOException {
        key = SigningKey.create(folder.resolve("key.pem"));
        publicKey = SigningKey.readPublic(folder.resolve("key.pem.pub"));
        archive = write(RunFixture.passed().timed("jmh", 100, 101, 102), key, Optional.empty());
    }

    private Path write(RunFixture fixture, SigningKey by, Optional<String> waivers) throws IOException {
        RunFolder run = fixture.write(folder.resolve("runs"));
        Path file = folder.resolve("run.zip");
        Optional<byte[]> bytes = waivers.map(text -> text.getBytes(StandardCharsets.UTF_8));
        Certificate.write(file, run, Policy.DEFAULT, bytes, verdict(run, bytes), by);
        return file;
    }

    private static GateVerdict verdict(RunFolder run, Optional<byte[]> waivers) throws IOException {
        Waivers read = Certificate.waivers(Path.of("waivers.json"), waivers);
        Gate gate = new Gate(Policy.DEFAULT, read, TODAY, run.readManifest(), run.readPlan());
        waivers.ifPresent(bytes -> gate.waiversAre(Json.sha256(bytes)));
        gate.see(run);
        return gate.verdict();
    }

    private String refused(Path file) {
        return assertThrows(
                        UnsoundException.class, () -> CertificateCheck.of(file, Optional.of(publicKey)), "not refused")
                .getMessage();
    }

    private void refused(Path file, String... words) {
        String message = refused(file);
        for (String word : words) {
            assertTrue(message.contains(word), () -> "'" + word + "' is missing in: " + message);
        }
    }

    private SortedMap<String, byte[]> contents() throws IOException {
        SortedMap<String, byte[]> contents = new TreeMap<>();
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                try (InputStream in = zip.getInputStream(entry)) {
                    contents.put(entry.getName(), in.readAllBytes());
                }
            }
        }
        return contents;
    }

    private static byte[] of(SortedMap<String, byte[]> contents, String name) {
        byte[] bytes = contents.get(name);
        if (bytes == null) {
            throw new AssertionError("no " + name);
        }
        return bytes;
    }

    /// As an archive of ours, whatever is in it.
    private Path pack(SortedMap<String, byte[]> contents) throws IOException {
        SortedMap<String, Archive.Source> files = new TreeMap<>();
        contents.forEach((name, bytes) -> files.put(name, () -> new ByteArrayInputStream(bytes)));
        Path file = folder.resolve("tampered.zip");
        try (var out = Files.newOutputStream(file)) {
            Archive.write(out, files);
        }
        return file;
    }

    /// Makes sums and signature fit what is there.
    private static void seal(SortedMap<String, byte[]> contents, SigningKey by, GateVerdict verdict) {
        contents.remove(Certificate.SUMS);
        contents.remove(Certificate.ATTESTATION);
        StringBuilder sums = new StringBuilder();
        contents.forEach((name, bytes) ->
                sums.append(Json.sha256(bytes)).append("  ").append(name).append('\n'));
        contents.put(Certificate.SUMS, sums.toString().getBytes(StandardCharsets.UTF_8));
        String statement =
                Attestation.statement(Certificate.SUMS, Json.sha256(sums.toString()), new TreeMap<>(), verdict);
        contents.put(
                Certificate.ATTESTATION, Attestation.of(statement, by).text().getBytes(StandardCharsets.UTF_8));
    }

    private GateVerdict passed() throws IOException {
        return CertificateCheck.of(archive, Optional.of(publicKey)).verdict();
    }

    @Test
    void anArchiveIsVerifiedWithAndWithoutAKey() throws IOException {
        Checked checked = CertificateCheck.of(archive, Optional.of(publicKey));
        assertTrue(checked.isTrusted());
        assertEquals(key.id(), checked.keyId());
        assertEquals(8, checked.verdict().counts().passed());
        assertFalse(CertificateCheck.of(archive, Optional.empty()).isTrusted());
    }

    @Test
    void aWaivedFaultIsAWarning() throws IOException {
        RunFixture run = RunFixture.passed().verdict(SOFTMAX, "acme", Verdict.FAIL, "bound", 3.0);
        archive = write(run, key, Optional.of(WAIVED));
        assertEquals(1, passed().counts().waived());
        JsonNode statement =
                Attestation.parse(of(contents(), Certificate.ATTESTATION)).statement();
        assertEquals("https://in-toto.io/Statement/v1", statement.get("_type").asText());
        assertEquals("WARNED", statement.at("/predicate/result").asText());
        assertTrue(statement.at("/predicate/warnedTests/0").asText().startsWith(SOFTMAX));
        assertEquals(
                "policy.json", statement.at("/predicate/configuration/0/name").asText());
    }

    @Test
    void theSameRunAndKeyGiveTheSameBytes() throws IOException {
        RunFolder run = RunFixture.passed().write(folder.resolve("runs"));
        Path first = folder.resolve("1.zip");
        Path second = folder.resolve("2.zip");
        Certificate.write(first, run, Policy.DEFAULT, Optional.empty(), verdict(run, Optional.empty()), key);
        SigningKey read = SigningKey.read(folder.resolve("key.pem"));
        Certificate.write(second, run, Policy.DEFAULT, Optional.empty(), verdict(run, Optional.empty()), read);
        assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
    }

    /// The example of the DSSE specification.
    @Test
    void whatIsSignedIsEncodedAsDsseSays() {
        byte[] encoded = Attestation.preAuthentication(
                "http://example.com/HelloWorld", "hello world".getBytes(StandardCharsets.UTF_8));
        assertEquals(
                "DSSEv1 29 http://example.com/HelloWorld 11 hello world", new String(encoded, StandardCharsets.UTF_8));
    }

    /// RFC 8032, section 7.1, test 2: the public half follows from the private one.
    @Test
    void aKeyOfAnotherToolIsRead() throws IOException {
        byte[] seed = HexFormat.of().parseHex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        byte[] head = HexFormat.of().parseHex("302e020100300506032b657004220420");
        byte[] der = Arrays.copyOf(head, head.length + seed.length);
        System.arraycopy(seed, 0, der, head.length, seed.length);
        Path file = Files.writeString(
                folder.resolve("rfc.pem"),
                "-----BEGIN PRIVATE KEY-----\n" + Base64.getEncoder().encodeToString(der)
                        + "\n-----END PRIVATE KEY-----\n");
        SigningKey read = SigningKey.read(file);
        assertEquals(
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
                HexFormat.of().formatHex(read.sign(new byte[] {0x72})));
    }

    @Test
    void aKeyIsNeverOverwrittenAndItsOwnersAlone() throws IOException {
        assertTrue(assertThrows(HarnessException.class, () -> SigningKey.create(folder.resolve("key.pem")))
                .getMessage()
                .contains("already"));
        if (Files.getFileStore(folder).supportsFileAttributeView("posix")) {
            assertEquals(
                    2, Files.getPosixFilePermissions(folder.resolve("key.pem")).size());
        }
        assertThrows(HarnessException.class, () -> SigningKey.read(folder.resolve("key.pem.pub")));
        assertThrows(HarnessException.class, () -> SigningKey.readPublic(folder.resolve("key.pem")));
        assertThrows(HarnessException.class, () -> SigningKey.read(folder.resolve("none.pem")));
    }

    @Test
    void onlyAWholeCleanReleaseRunThatPassesIsCertified() throws IOException {
        refuses(RunFixture.passed().dirty(), "not exactly a commit");
        refuses(RunFixture.passed().quick(), "mode 'QUICK'");
        refuses(RunFixture.passed().verdict(SOFTMAX, "acme", Verdict.FAIL, "bound", 3.0), "exit code 3");
        RunFolder changed = RunFixture.passed().write(folder.resolve("runs"));
        GateVerdict verdict = verdict(changed, Optional.empty());
        Files.writeString(changed.file(RunFolder.ENVIRONMENT), "{}");
        Path file = folder.resolve("no.zip");
        assertThrows(
                UnsoundException.class,
                () -> Certificate.write(file, changed, Policy.DEFAULT, Optional.empty(), verdict, key));
        assertFalse(Files.exists(file));
    }

    private void refuses(RunFixture fixture, String words) throws IOException {
        RunFolder run = fixture.write(folder.resolve("runs"));
        Path file = folder.resolve("no.zip");
        GateVerdict verdict = verdict(run, Optional.empty());
        String message = assertThrows(
                        HarnessException.class,
                        () -> Certificate.write(file, run, Policy.DEFAULT, Optional.empty(), verdict, key))
                .getMessage();
        assertTrue(message.contains(words), message);
        assertFalse(Files.exists(file));
    }

    /// One in every 97 bytes, and each of the first and the last 200.
    @Test
    void everyFlippedBitIsFound() throws IOException {
        byte[] good = Files.readAllBytes(archive);
        Path file = folder.resolve("flipped.zip");
        for (int at = 0; at < good.length; at += at < 200 || at > good.length - 200 ? 1 : 97) {
            byte[] bad = good.clone();
            bad[at] ^= (byte) (1 << at % 8);
            Files.write(file, bad);
            assertFalse(refused(file).isEmpty());
        }
    }

    @Test
    void aChangedFileIsNamed() throws IOException {
        for (String name : contents().keySet()) {
            SortedMap<String, byte[]> changed = contents();
            byte[] bytes = of(changed, name).clone();
            if (bytes.length > 0) {
                bytes[bytes.length / 2] ^= 1;
                changed.put(name, bytes);
                refused(pack(changed), name.equals(Certificate.SUMS) ? "" : name);
            }
        }
    }

    @Test
    void aTruncatedArchiveIsRefused() throws IOException {
        byte[] good = Files.readAllBytes(archive);
        Path file = folder.resolve("cut.zip");
        for (int length : new int[] {0, 1, 100, good.length / 2, good.length - 22, good.length - 1}) {
            Files.write(file, Arrays.copyOf(good, length));
            refused(file, "no whole zip");
        }
        Files.write(file, Arrays.copyOf(good, good.length + 1));
        refused(file);
        byte[] shifted = new byte[good.length + 10];
        System.arraycopy(good, 0, shifted, 10, good.length);
        Files.write(file, shifted);
        refused(file);
    }

    @Test
    void aRemovedAddedOrRenamedFileIsNamed() throws IOException {
        for (String name : contents().keySet()) {
            SortedMap<String, byte[]> less = contents();
            less.remove(name);
            refused(pack(less), "'" + name + "' is missing");
        }
        SortedMap<String, byte[]> more = contents();
        more.put("run/extra.csv", new byte[] {1});
        refused(pack(more), "'run/extra.csv' is there and not in SHA256SUMS");
        SortedMap<String, byte[]> renamed = contents();
        renamed.put("run/times.csv", of(renamed, "run/timing.csv"));
        renamed.remove("run/timing.csv");
        refused(pack(renamed), "'run/times.csv' is there", "'run/timing.csv' is missing");
    }

    @Test
    void anotherKeyIsNamed() throws IOException {
        SigningKey other = SigningKey.create(folder.resolve("other.pem"));
        Path theirs = write(RunFixture.passed(), other, Optional.empty());
        refused(theirs, "another key: " + other.id(), key.id());
        assertEquals(other.id(), CertificateCheck.of(theirs, Optional.empty()).keyId());
        archive = write(RunFixture.passed(), key, Optional.empty());
        GateVerdict verdict = passed();
        SortedMap<String, byte[]> resigned = contents();
        seal(resigned, other, verdict);
        refused(pack(resigned), "the signature is not that of key " + key.id());
    }

    @Test
    void anAttestationOfAnotherArchiveIsNamed() throws IOException {
        SortedMap<String, byte[]> mixed = contents();
        archive = write(RunFixture.passed().without(SOFTMAX, "none").timed("jmh", 7), key, Optional.empty());
        mixed.put(Certificate.ATTESTATION, of(contents(), Certificate.ATTESTATION));
        refused(pack(mixed), "what is signed is not 'SHA256SUMS' of this archive");
    }

    /// Even whoever has the key cannot sign rows in another order, or a verdict that the gate would not give.
    @Test
    void rowsInAnotherOrderAreRefusedWhoeverSignsThem() throws IOException {
        GateVerdict verdict = passed();
        SortedMap<String, byte[]> reordered = contents();
        List<String> lines = new ArrayList<>(new String(of(reordered, "run/cases.csv"), StandardCharsets.UTF_8)
                .lines()
                .toList());
        Collections.swap(lines, 1, 2);
        reordered.put("run/cases.csv", (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
        refused(pack(reordered), "'run/cases.csv' was changed");
        resum(reordered);
        seal(reordered, key, verdict);
        refused(pack(reordered), "cases.csv", "order");
    }

    @Test
    void aVerdictThatTheGateWouldNotGiveIsRefusedWhoeverSignsIt() throws IOException {
        GateVerdict verdict = passed();
        SortedMap<String, byte[]> lying = contents();
        String text = new String(of(lying, Certificate.VERDICT), StandardCharsets.UTF_8);
        lying.put(
                Certificate.VERDICT,
                text.replace("\"passed\" : 8", "\"passed\" : 9").getBytes(StandardCharsets.UTF_8));
        seal(lying, key, verdict);
        refused(pack(lying), "'verdict.json' is not what the gate says");
    }

    private static void resum(SortedMap<String, byte[]> contents) {
        StringBuilder sums = new StringBuilder();
        for (String line : new String(of(contents, "run/SHA256SUMS"), StandardCharsets.UTF_8)
                .lines()
                .toList()) {
            String name = line.substring(66);
            sums.append(Json.sha256(of(contents, "run/" + name)))
                    .append("  ")
                    .append(name)
                    .append('\n');
        }
        contents.put("run/SHA256SUMS", sums.toString().getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void namesThatLeadElsewhereAreRefusedBeforeAByteIsWritten() throws IOException {
        for (String name :
                new String[] {"../evil", "run/../../evil", "/etc/evil", "run/a\\b", "C:evil", "run/", "a\nb"}) {
            SortedMap<String, byte[]> slip = contents();
            slip.put(name, new byte[] {1});
            refused(pack(slip), "leads elsewhere");
            assertFalse(Files.exists(folder.resolve("evil")));
        }
    }

    @Test
    void aNameThatIsThereTwiceIsRefused() throws IOException {
        SortedMap<String, byte[]> twice = contents();
        twice.put("verdicx.json", of(twice, "verdict.json"));
        byte[] bytes = Files.readAllBytes(pack(twice));
        byte[] name = "verdicx.json".getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at + name.length <= bytes.length; at++) {
            if (Arrays.equals(Arrays.copyOfRange(bytes, at, at + name.length), name)) {
                bytes[at + 6] = 't';
            }
        }
        Path file = folder.resolve("twice.zip");
        Files.write(file, bytes);
        refused(file, "'verdict.json' is there twice");
        SortedMap<String, byte[]> cases = contents();
        cases.put("Verdict.json", new byte[] {1});
        refused(pack(cases), "is there twice");
    }

    @Test
    void whatSwellsIsRefused() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("run/cases.csv"));
            zip.write(new byte[10_000_000]);
            zip.closeEntry();
        }
        assertTrue(bytes.size() < 100_000, "a bomb");
        refused(Files.write(folder.resolve("bomb.zip"), bytes.toByteArray()), "'run/cases.csv' is compressed");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(folder.resolve("many.zip")))) {
            for (int i = 0; i < 1001; i++) {
                zip.putNextEntry(new ZipEntry("f" + i));
            }
        }
        refused(folder.resolve("many.zip"), "1001 files");
    }
}
