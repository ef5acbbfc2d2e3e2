package dev.assay.numerics;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Properties;

/// The constants of the rule, read from `rule-constants.properties`, which says what each one is.
public final class RuleConstants {
    private RuleConstants() {}

    private static final String FILE = "rule-constants.properties";
    private static final byte[] CONTENT = content();
    private static final Properties VALUES = parse(CONTENT);

    private static final double ROUNDING_RMS = number("rounding_rms");
    static final double TRUNCATION_RMS_FACTOR = number("truncation_rms_factor");
    static final double TRUNCATION_COHERENT = number("truncation_coherent");
    static final double WORST_CASE_SLACK = number("worst_case_slack");
    private static final double FALSE_ALARM = number("false_alarm");
    private static final double TAIL_SCALE = number("tail_scale");

    private static final double RMS_LIMIT = number("rms_limit");
    private static final double BIAS_LIMIT = number("bias_limit");
    private static final double STATISTICS_Z = number("statistics_z");

    private static byte[] content() {
        try (InputStream in = RuleConstants.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IllegalStateException(FILE + " is missing from the class path");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Properties parse(byte[] content) {
        Properties properties = new Properties();
        try (InputStream in = new ByteArrayInputStream(content)) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties;
    }

    private static double number(String key) {
        String text = VALUES.getProperty(key);
        if (text == null) {
            throw new IllegalStateException(FILE + " lacks " + key);
        }
        return Double.parseDouble(text);
    }

    /// Rms error of rounding x to nearest, in units of u|x|.
    public static double roundingRms() {
        return ROUNDING_RMS;
    }

    /// How many standard deviations an error may have so that one among `elements` legitimate ones exceeds it
    /// with the stated false-alarm probability. The tail is exponential, not Gaussian (measured kurtosis 4.3
    /// to 4.9).
    public static double lambda(long elements) {
        return TAIL_SCALE * Math.log(2.0 * Math.max(1, elements) / FALSE_ALARM);
    }

    /// Largest ratio of the rms error to the modelled one.
    public static double rmsLimit() {
        return RMS_LIMIT;
    }

    /// Largest mean error, in units of the modelled rms error, that is never an objection.
    public static double biasLimit() {
        return BIAS_LIMIT;
    }

    /// Standard errors by which a statistic must exceed its limit.
    public static double statisticsZ() {
        return STATISTICS_Z;
    }

    /// Version and SHA-256 of the constants, such as `1:3f9c...`.
    public static String fingerprint() {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(new String(CONTENT, StandardCharsets.UTF_8)
                            .replace("\r\n", "\n")
                            .getBytes(StandardCharsets.UTF_8));
            return VALUES.getProperty("version") + ":" + HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
