package dev.assay.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RuleConstantsTest {
    private static byte[] file() throws IOException {
        try (InputStream in = RuleConstants.class.getResourceAsStream("rule-constants.properties")) {
            return in == null ? new byte[0] : in.readAllBytes();
        }
    }

    private static Properties properties() throws IOException {
        Properties properties = new Properties();
        properties.load(new ByteArrayInputStream(file()));
        return properties;
    }

    @Test
    void theFileHoldsTheConstantsAndNothingElse() throws IOException {
        assertEquals(
                Set.of(
                        "version",
                        "rounding_rms",
                        "truncation_rms_factor",
                        "truncation_coherent",
                        "false_alarm",
                        "tail_scale",
                        "worst_case_slack",
                        "rms_limit",
                        "bias_limit",
                        "statistics_z"),
                properties().stringPropertyNames());
    }

    /// The file says how it is derived: sqrt(4 E(1/m²) ... / 12) for significands m spread logarithmically.
    @Test
    void roundingRmsIsWhatItsCommentDerives() {
        assertEquals(Math.sqrt(4 * 0.541 / 12), RuleConstants.roundingRms(), 1e-4);
        // Mean of 1/m² under the density 1/(m ln 2) on [1, 2): (1 - 1/4) / (2 ln 2) = 0.541.
        assertEquals(0.541, 0.75 / (2 * Math.log(2)), 1e-4);
    }

    @Test
    void everyConstantIsTheFiles() throws IOException {
        Properties values = properties();
        assertEquals(Double.parseDouble(values.getProperty("rounding_rms")), RuleConstants.roundingRms());
        assertEquals(
                Double.parseDouble(values.getProperty("truncation_rms_factor")), RuleConstants.TRUNCATION_RMS_FACTOR);
        assertEquals(Double.parseDouble(values.getProperty("truncation_coherent")), RuleConstants.TRUNCATION_COHERENT);
        assertEquals(Double.parseDouble(values.getProperty("worst_case_slack")), RuleConstants.WORST_CASE_SLACK);
        assertEquals(Double.parseDouble(values.getProperty("rms_limit")), RuleConstants.rmsLimit());
        assertEquals(Double.parseDouble(values.getProperty("bias_limit")), RuleConstants.biasLimit());
        assertEquals(Double.parseDouble(values.getProperty("statistics_z")), RuleConstants.statisticsZ());
    }

    @Test
    void lambdaFollowsTheTail() {
        // 0.78 ln(2 N / 1e-9)
        assertEquals(16.704802, RuleConstants.lambda(1), 1e-6);
        assertEquals(27.480900, RuleConstants.lambda(1_000_000), 1e-6);
        assertEquals(RuleConstants.lambda(1), RuleConstants.lambda(0), "an empty tensor asks for no logarithm of 0");
        assertEquals(0.78 * Math.log(10), RuleConstants.lambda(10_000) - RuleConstants.lambda(1000), 1e-12);
    }

    @Test
    void lambdaGrowsWithTheNumberOfElements() {
        for (long n = 1; n < 1L << 50; n *= 2) {
            assertTrue(RuleConstants.lambda(2 * n) > RuleConstants.lambda(n));
        }
    }

    @Test
    void fingerprintIsVersionAndHash() throws Exception {
        String[] parts = RuleConstants.fingerprint().split(":", -1);
        assertEquals(properties().getProperty("version"), parts[0]);
        String text = new String(file(), StandardCharsets.UTF_8).replace("\r\n", "\n");
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        assertEquals(HexFormat.of().formatHex(digest), parts[1]);
        assertEquals(2, parts.length);
    }
}
