package dev.assay.baselines.simulated;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import dev.assay.HarnessException;
import dev.assay.tensor.DType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
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
/// @param peakFlops flops per second of the whole chip, for each of `dtypes`
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

    /// Element types that the kernels can compute with.
    private static final List<String> COMPUTED = List.of("f64", "f32", "f16", "bf16");

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

    private static final String FIX =
            "write it as docs/simulated.md says; unknown, repeated and missing fields are errors";
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    /// Objects to unknown fields and lets missing ones pass.
    private static final ObjectMapper NAMES = JsonMapper.builder(FACTORY).build();

    private static final ObjectMapper STRICT = JsonMapper.builder(FACTORY)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .withCoercionConfig(LogicalType.Textual, text -> {
                text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail);
                text.setCoercion(CoercionInputShape.Float, CoercionAction.Fail);
                text.setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
            })
            .build()
            .setDefaultSetterInfo(JsonSetter.Value.construct(Nulls.FAIL, Nulls.FAIL));

    /// A shipped chip by name, or a descriptor in a file that ends in `.json`. Throws [HarnessException] with file,
    /// line and field for a malformed one.
    static Chip load(String nameOrFile) {
        if (nameOrFile.endsWith(".json")) {
            try {
                return parse(Files.readString(Path.of(nameOrFile), StandardCharsets.UTF_8), nameOrFile);
            } catch (IOException | InvalidPathException e) {
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
        Descriptor descriptor = new Descriptor(text, source);
        try {
            // A misspelt field is one unknown and one missing; the unknown one is what to report.
            NAMES.readValue(text, Chip.class);
            Optional<Chip> chip = Optional.ofNullable(STRICT.readValue(text, Chip.class));
            Chip read = chip.orElseThrow(() -> new HarnessException("the descriptor is null", source, FIX));
            read.check(descriptor);
            return read;
        } catch (UnrecognizedPropertyException e) {
            throw new HarnessException(
                    "there is no field '" + e.getPropertyName() + "'",
                    descriptor.where(e),
                    "use "
                            + e.getKnownPropertyIds().stream()
                                    .map(Object::toString)
                                    .sorted()
                                    .toList(),
                    e);
        } catch (JsonProcessingException e) {
            String first = e.getOriginalMessage().lines().findFirst().orElse("malformed");
            throw new HarnessException(PACKAGE.matcher(first).replaceAll(""), descriptor.where(e), FIX, e);
        }
    }

    private static final Pattern PACKAGE = Pattern.compile("dev\\.assay\\.[a-z.]*");

    /// A descriptor's text, to say where in it something stands.
    private record Descriptor(String text, String source) {
        /// @param field path with dots, such as `matmul.tile_m`
        HarnessException wrong(String field, String what, String fix) {
            return new HarnessException(what, where(field), fix);
        }

        String where(String field) {
            OptionalInt line = line(field);
            return source + (line.isPresent() ? ", line " + line.getAsInt() : "") + ", field " + field;
        }

        String where(JsonProcessingException e) {
            String field = e instanceof JsonMappingException mapping
                    ? mapping.getPath().stream()
                            .map(step -> step.getFieldName() == null
                                    ? Integer.toString(step.getIndex())
                                    : step.getFieldName())
                            .collect(Collectors.joining("."))
                    : "";
            OptionalInt line = field.isEmpty() ? OptionalInt.empty() : line(field);
            int number = line.isPresent()
                    ? line.getAsInt()
                    : e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            return source + ", line " + number + (field.isEmpty() ? "" : ", field " + field);
        }

        /// The line on which a field stands; empty if it is missing, or behind what makes the text malformed.
        private OptionalInt line(String field) {
            JsonPointer wanted = JsonPointer.compile("/" + field.replace('.', '/'));
            try (JsonParser parser = FACTORY.createParser(text)) {
                while (parser.nextToken() != null) {
                    if (parser.getParsingContext().pathAsPointer().equals(wanted)) {
                        return OptionalInt.of(parser.currentTokenLocation().getLineNr());
                    }
                }
                return OptionalInt.empty();
            } catch (IOException e) {
                return OptionalInt.empty();
            }
        }

        void positive(String field, double value) {
            if (!(value > 0 && value <= Double.MAX_VALUE)) {
                throw wrong(field, field + " is " + value, "give a finite number greater than 0");
            }
        }

        void oneOf(String field, String value, List<String> allowed) {
            if (!allowed.contains(value)) {
                throw wrong(field, field + " is '" + value + "'", "use one of " + allowed);
            }
        }
    }

    private void check(Descriptor text) {
        text.positive("cores", cores);
        text.positive("bandwidth_bytes_per_second", bandwidthBytesPerSecond);
        text.positive("memory_bytes", (double) memoryBytes);
        text.positive("launch_nanos", launchNanos);
        if (alignmentBytes < 0) {
            throw text.wrong("alignment_bytes", "alignment_bytes is " + alignmentBytes, "give 0 or more");
        }
        text.positive("matmul.tile_m", matmul.tileM());
        text.positive("matmul.tile_n", matmul.tileN());
        text.positive("matmul.tile_k", matmul.tileK());
        text.positive("attention.tile_q", attention.tileQ());
        text.positive("attention.tile_k", attention.tileK());
        text.oneOf("matmul.inputs", matmul.inputs(), List.of("none", "tf32", "tf32-truncated"));
        text.oneOf("attention.softmax", attention.softmax(), List.of("online", "two-pass"));
        text.oneOf("attention.exp", attention.exp(), List.of("exp", "exp2", "exp2-fused"));
        text.oneOf("attention.probabilities", attention.probabilities(), List.of("wide", "input"));
        Summations.named(matmul.summation(), text.where("matmul.summation"));
        Summations.named(normalization.summation(), text.where("normalization.summation"));
        if (normalization.summation().startsWith("aligned")) {
            throw text.wrong(
                    "normalization.summation",
                    "normalization.summation is '" + normalization.summation() + "'",
                    "use chained, pairwise or lanes-N: vector units do not align");
        }
        checkTypes(text);
    }

    private void checkTypes(Descriptor text) {
        dtypes.forEach(label -> text.oneOf("dtypes", label, COMPUTED));
        if (dtypes.isEmpty() || new HashSet<>(dtypes).size() < dtypes.size()) {
            throw text.wrong("dtypes", "dtypes is " + dtypes, "list each type once, and at least one of " + COMPUTED);
        }
        peakFlops.forEach((label, value) -> {
            text.oneOf("peak_flops", label, dtypes);
            text.positive("peak_flops." + label, value);
        });
        for (String label : dtypes) {
            if (!peakFlops.containsKey(label)) {
                throw text.wrong("peak_flops", "peak_flops has no " + label, "give one for each type of dtypes");
            }
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
