package dev.assay.baselines.simulated;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.assay.HarnessException;
import dev.assay.tensor.DType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// A chip as its descriptor says. `docs/simulated.md` explains every field.
///
/// @param name as in `chip=...`
/// @param description for people
/// @param dtypes element types that its kernels take
/// @param matmul of its matrix unit
/// @param attention of its attention kernel
/// @param normalization of its normalisation kernel
/// @param cores that share the tiles of a launch
/// @param peakFlops flops per second of the whole chip, by dtype
/// @param bandwidthBytesPerSecond of its memory
/// @param memoryBytes size of its memory
/// @param launchNanos fixed cost of a launch
/// @param alignmentBytes smallest multiple at which a tensor may start; 0 for any element
public record Chip(
        @JsonProperty("name") String name,
        @JsonProperty("description") String description,
        @JsonProperty("dtypes") List<String> dtypes,
        @JsonProperty("matmul") MatMulPart matmul,
        @JsonProperty("attention") AttentionPart attention,
        @JsonProperty("normalization") NormalizationPart normalization,
        @JsonProperty("cores") int cores,
        @JsonProperty("peak_flops") Map<String, Double> peakFlops,
        @JsonProperty("bandwidth_bytes_per_second") double bandwidthBytesPerSecond,
        @JsonProperty("memory_bytes") long memoryBytes,
        @JsonProperty("launch_nanos") double launchNanos,
        @JsonProperty("alignment_bytes") long alignmentBytes) {

    /// The chips that come with Assay.
    static final List<String> SHIPPED = List.of("strict", "tensor-core", "tile-npu");

    /// The matrix unit: tile sizes, rounding of f32 inputs (`none`, `tf32`, `tf32-truncated`), and how it sums.
    public record MatMulPart(
            @JsonProperty("tile_m") int tileM,
            @JsonProperty("tile_n") int tileN,
            @JsonProperty("tile_k") int tileK,
            @JsonProperty("inputs") String inputs,
            @JsonProperty("summation") String summation) {}

    /// The attention kernel: tile sizes, `online` or `two-pass` softmax, how it forms exponentials (`exp`, `exp2`,
    /// `exp2-fused`), and what type probabilities have (`wide` or `input`).
    public record AttentionPart(
            @JsonProperty("tile_q") int tileQ,
            @JsonProperty("tile_k") int tileK,
            @JsonProperty("softmax") String softmax,
            @JsonProperty("exp") String exp,
            @JsonProperty("probabilities") String probabilities) {}

    /// The normalisation kernel: how it sums.
    public record NormalizationPart(
            @JsonProperty("summation") String summation) {}

    private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /// A shipped chip by name, or a descriptor in a file that ends in `.json`. Throws [HarnessException] with file,
    /// line and field for a malformed one.
    static Chip load(String nameOrFile) {
        if (nameOrFile.endsWith(".json")) {
            try {
                return parse(Files.readString(Path.of(nameOrFile), StandardCharsets.UTF_8), nameOrFile);
            } catch (IOException e) {
                throw new HarnessException(
                        "the chip's descriptor cannot be read: " + e, nameOrFile, "give a readable file", e);
            }
        }
        if (!SHIPPED.contains(nameOrFile)) {
            throw new HarnessException(
                    "no chip '" + nameOrFile + "'",
                    "option chip of backend simulated",
                    "use one of " + SHIPPED + ", or a descriptor that ends in .json");
        }
        String resource = "/chips/" + nameOrFile + ".json";
        try (InputStream in = Chip.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is missing from the class path");
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), resource);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Chip parse(String text, String source) {
        try {
            Chip chip = MAPPER.readValue(text, Chip.class);
            chip.check(source);
            return chip;
        } catch (JsonProcessingException e) {
            String line =
                    e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
            String field = e instanceof JsonMappingException mapping
                            && !mapping.getPath().isEmpty()
                    ? ", field "
                            + mapping.getPath().stream()
                                    .map(reference -> String.valueOf(reference.getFieldName()))
                                    .collect(Collectors.joining("."))
                    : "";
            throw new HarnessException(
                    e.getOriginalMessage().lines().findFirst().orElse("malformed"),
                    source + line + field,
                    "write it as docs/simulated.md says; unknown, repeated and missing fields are errors",
                    e);
        }
    }

    private void check(String source) {
        positive(source, "cores", cores);
        positive(source, "bandwidth_bytes_per_second", bandwidthBytesPerSecond);
        positive(source, "matmul.tile_m", matmul.tileM());
        positive(source, "matmul.tile_n", matmul.tileN());
        positive(source, "matmul.tile_k", matmul.tileK());
        positive(source, "attention.tile_q", attention.tileQ());
        positive(source, "attention.tile_k", attention.tileK());
        oneOf(source, "matmul.inputs", matmul.inputs(), List.of("none", "tf32", "tf32-truncated"));
        oneOf(source, "attention.softmax", attention.softmax(), List.of("online", "two-pass"));
        oneOf(source, "attention.exp", attention.exp(), List.of("exp", "exp2", "exp2-fused"));
        oneOf(source, "attention.probabilities", attention.probabilities(), List.of("wide", "input"));
        Summations.named(matmul.summation(), source + ", field matmul.summation");
        Summations.named(normalization.summation(), source + ", field normalization.summation");
        types(source);
        peaks(source);
    }

    private static void positive(String source, String field, double value) {
        if (!(value > 0)) {
            throw new HarnessException(
                    field + " is " + value, source + ", field " + field, "give a number greater than 0");
        }
    }

    private static void oneOf(String source, String field, String value, List<String> allowed) {
        if (!allowed.contains(value)) {
            throw new HarnessException(
                    field + " is '" + value + "'", source + ", field " + field, "use one of " + allowed);
        }
    }

    /// The element types that its kernels take.
    List<DType> types(String source) {
        return dtypes.stream()
                .map(label -> DType.of(label, source + ", field dtypes"))
                .toList();
    }

    /// Peak flops per second by element type.
    Map<DType, Double> peaks(String source) {
        Map<DType, Double> peaks = new EnumMap<>(DType.class);
        peakFlops.forEach((label, value) -> peaks.put(DType.of(label, source + ", field peak_flops"), value));
        return peaks;
    }
}
