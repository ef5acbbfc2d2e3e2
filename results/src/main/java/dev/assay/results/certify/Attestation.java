package dev.assay.results.certify;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.results.Json;
import dev.assay.results.RowKey;
import dev.assay.results.gate.GateVerdict;
import dev.assay.results.gate.Labels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A signed statement about files: DSSE 1.0 around in-toto's Statement v1 with the predicate
/// `https://in-toto.io/attestation/test-result/v0.1`.
///
/// @param payload the statement, in base64
record Attestation(@JsonProperty("payloadType") String payloadType, String payload, List<Signed> signatures) {
    static final String PAYLOAD_TYPE = "application/vnd.in-toto+json";
    static final String STATEMENT = "https://in-toto.io/Statement/v1";
    static final String PREDICATE = "https://in-toto.io/attestation/test-result/v0.1";

    private static final int MOST_LISTED = 10_000;

    Attestation {
        signatures = List.copyOf(signatures);
    }

    /// One signature.
    ///
    /// @param keyid names the key
    /// @param sig in base64
    record Signed(String keyid, String sig) {}

    /// What is said: which bytes these are, and how the tests ended.
    ///
    /// @param subject name and digest of what is signed
    /// @param configuration digests by name of what decided
    static String statement(String subject, String sha256, Map<String, String> configuration, GateVerdict verdict) {
        Map<String, Object> predicate = new LinkedHashMap<>();
        predicate.put("result", verdict.waived().isEmpty() ? "PASSED" : "WARNED");
        predicate.put(
                "configuration",
                new TreeMap<>(configuration)
                        .entrySet().stream()
                                .map(one -> resource(one.getKey(), one.getValue()))
                                .toList());
        predicate.put(
                "warnedTests",
                names(verdict.waived().stream().map(GateVerdict.Waived::row).toList()));
        predicate.put("failedTests", List.of());
        Map<String, Object> statement = new LinkedHashMap<>();
        statement.put("_type", STATEMENT);
        statement.put("subject", List.of(resource(subject, sha256)));
        statement.put("predicateType", PREDICATE);
        statement.put("predicate", predicate);
        return Json.canonical(statement);
    }

    private static List<String> names(List<RowKey> rows) {
        return rows.stream().limit(MOST_LISTED).map(Labels::row).toList();
    }

    private static Map<String, Object> resource(String name, String sha256) {
        Map<String, Object> resource = new LinkedHashMap<>();
        resource.put("name", name);
        resource.put("digest", Map.of("sha256", sha256));
        return resource;
    }

    static Attestation of(String statement, SigningKey key) {
        byte[] payload = statement.getBytes(StandardCharsets.UTF_8);
        String sig = Base64.getEncoder().encodeToString(key.sign(preAuthentication(PAYLOAD_TYPE, payload)));
        return new Attestation(
                PAYLOAD_TYPE, Base64.getEncoder().encodeToString(payload), List.of(new Signed(key.id(), sig)));
    }

    /// DSSE's encoding of what is signed: `DSSEv1 SP LEN(type) SP type SP LEN(body) SP body`.
    static byte[] preAuthentication(String type, byte[] body) {
        byte[] head = ("DSSEv1 " + type.getBytes(StandardCharsets.UTF_8).length + " " + type + " " + body.length + " ")
                .getBytes(StandardCharsets.UTF_8);
        byte[] all = new byte[head.length + body.length];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(body, 0, all, head.length, body.length);
        return all;
    }

    /// Throws [IOException] if the bytes are none.
    static Attestation parse(byte[] bytes) throws IOException {
        Attestation parsed = Json.STRICT.readValue(bytes, Attestation.class);
        if (parsed == null || parsed.payload == null || parsed.payloadType == null) {
            throw new IOException("a field is null");
        }
        return parsed;
    }

    /// Whether the key signed it.
    boolean isSignedBy(PublicKey key) {
        if (signatures.size() != 1 || !payloadType.equals(PAYLOAD_TYPE)) {
            return false;
        }
        try {
            byte[] message = preAuthentication(payloadType, Base64.getDecoder().decode(payload));
            return SigningKey.isSigned(
                    key,
                    message,
                    Base64.getDecoder().decode(signatures.getFirst().sig()));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /// The statement, of an attestation that is signed. Throws [IOException] if it is none of ours.
    JsonNode statement() throws IOException {
        try {
            JsonNode statement = Json.STRICT.readTree(Base64.getDecoder().decode(payload));
            if (statement.path("_type").asText().equals(STATEMENT)
                    && statement.path("predicateType").asText().equals(PREDICATE)
                    && statement.path("subject").size() == 1) {
                return statement;
            }
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new IOException("the statement cannot be read", e);
        }
        throw new IOException("the statement is not about a test result");
    }

    String text() {
        return Json.pretty(this);
    }
}
