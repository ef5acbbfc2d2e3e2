package dev.assay.engine.trace;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call.Operand;
import dev.assay.engine.judge.ElementBounds;
import dev.assay.tensor.TensorSpec;
import dev.assay.worker.WorkerProcess;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// `reproduce.c`: the call as initialisers of the structures of `assay_backend.h`, its data in files.
final class CReproduction {
    private static final String HEADER = "assay_backend.h";
    private static final long CHUNK = 1L << 24;
    private static final int NUMBERS_PER_LINE = 16;

    private final Reproduction what;

    CReproduction(Reproduction what) {
        this.what = what;
    }

    void write(Path folder) throws IOException {
        Files.write(folder.resolve(HEADER), Reproduction.resource(WorkerProcess.class, "/include/" + HEADER));
        for (Operand input : what.presentInputs()) {
            TensorSpec spec = input.spec().orElseThrow();
            bytes(folder.resolve(data(input)), what.input(input.name()).memory().asSlice(0, spec.byteSize()));
        }
        for (Operand output : what.presentOutputs()) {
            Optional<ElementBounds> expected = what.expected(output.name());
            if (expected.isPresent()) {
                doubles(
                        folder.resolve(output.name() + ".expected.bin"),
                        expected.get().values());
                doubles(folder.resolve(output.name() + ".bound.bin"), Reproduction.signedBounds(expected.get()));
                if (Reproduction.hasLows(expected.get())) {
                    doubles(
                            folder.resolve(output.name() + ".low.bin"),
                            expected.get().lows());
                }
            }
        }
        Files.writeString(
                folder.resolve("reproduce.c"),
                Reproduction.filled(
                        "reproduce.c",
                        Map.of(
                                "TITLE",
                                what.title().replace("*/", "* /"),
                                "CALL",
                                call(),
                                "CONTRACT",
                                quoted(what.contract()),
                                "TOWARD_ZERO",
                                what.roundsTowardZero() ? "1" : "0",
                                "EXPECTED",
                                expected())));
        Files.writeString(folder.resolve("README"), """
                %s: makes this one call of a library that implements assay_backend.h, and compares.
                cc -std=c11 -g reproduce.c -o reproduce -ldl -lm && ./reproduce /path/libacme.so [key=value...]
                Inputs are NAME.bin (raw bytes); NAME.expected.bin and NAME.bound.bin are f64, see the comments in reproduce.c.
                """.formatted(what.title()));
    }

    private static String data(Operand input) {
        return input.name() + ".bin";
    }

    private static void bytes(Path file, MemorySegment memory) throws IOException {
        try (FileChannel out = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            for (long at = 0; at < memory.byteSize(); at += CHUNK) {
                var chunk = memory.asSlice(at, Math.min(CHUNK, memory.byteSize() - at))
                        .asByteBuffer();
                while (chunk.hasRemaining()) {
                    out.write(chunk);
                }
            }
        }
    }

    private static void doubles(Path file, double[] values) throws IOException {
        try (OutputStream bytes = Files.newOutputStream(file);
                DataOutputStream out = new DataOutputStream(new BufferedOutputStream(bytes))) {
            for (double value : values) {
                out.writeLong(Long.reverseBytes(Double.doubleToRawLongBits(value)));
            }
        }
    }

    private String call() {
        List<Operand> inputs = what.presentInputs();
        List<Operand> outputs = what.presentOutputs();
        Map<String, Attribute> attributes = what.call().attributes().values();
        Map<String, List<Long>> constants = what.call().constants();
        StringBuilder text = new StringBuilder();
        text.append("enum { INPUTS = %d, OUTPUTS = %d, ATTRIBUTES = %d, CONSTANTS = %d };\n\n"
                .formatted(inputs.size(), outputs.size(), attributes.size(), constants.size()));
        List<String> files =
                inputs.stream().map(input -> quoted(data(input)) + ",\n").toList();
        array(text, "char *const INPUT_FILES[INPUTS + 1]", files, "NULL");
        tensors(text, "INPUT_TENSORS[INPUTS + 1]", inputs, inputs);
        tensors(text, "OUTPUT_TENSORS[OUTPUTS + 1]", outputs, inputs);
        List<String> each = new ArrayList<>();
        attributes.forEach((name, value) -> each.add(attribute(name, value)));
        array(text, "assay_attribute ATTRIBUTE_VALUES[ATTRIBUTES + 1]", each, "{.name = NULL}");
        each.clear();
        constants.forEach((name, values) -> each.add(
                "{.input = %s, .values = %s, .count = %d},\n".formatted(quoted(name), longs(values), values.size())));
        array(text, "assay_constant CONSTANT_VALUES[CONSTANTS + 1]", each, "{.input = NULL}");
        text.append("""
                static const assay_call CALL = {
                    .op = %s,
                    .inputs = INPUT_TENSORS,
                    .outputs = OUTPUT_TENSORS,
                    .attributes = ATTRIBUTE_VALUES,
                    .constants = CONSTANT_VALUES,
                    .input_count = INPUTS,
                    .output_count = OUTPUTS,
                    .attribute_count = ATTRIBUTES,
                    .constant_count = CONSTANTS,
                };

                """.formatted(quoted(what.call().operator())));
        return text.toString();
    }

    /// An array with at least one initialiser, which C asks for.
    private static void array(StringBuilder text, String declared, List<String> elements, String none) {
        text.append("static const ").append(declared).append(" = {\n");
        if (elements.isEmpty()) {
            text.append("    ").append(none).append(",\n");
        }
        elements.forEach(element -> text.append("    ").append(element));
        text.append("};\n\n");
    }

    private static void tensors(StringBuilder text, String declared, List<Operand> operands, List<Operand> inputs) {
        List<String> elements = new ArrayList<>();
        for (Operand operand : operands) {
            TensorSpec spec = operand.spec().orElseThrow();
            elements.add("""
                    {
                            .name = %s,
                            .dtype = ASSAY_%s,
                            .rank = %d,
                            .shape = %s,
                            .strides = %s,
                            .bytes = %d,
                            .alias_of = %d,
                        },
                    """.formatted(
                            quoted(operand.name()),
                            spec.dtype().name(),
                            spec.shape().rank(),
                            longs(spec.shape().toList()),
                            longs(spec.strides()),
                            spec.byteSize(),
                            operand.aliasOf().map(name -> index(inputs, name)).orElse(-1)));
        }
        array(text, "assay_tensor " + declared, elements, "{.name = NULL}");
    }

    private static int index(List<Operand> inputs, String name) {
        for (int i = 0; i < inputs.size(); i++) {
            if (inputs.get(i).name().equals(name)) {
                return i;
            }
        }
        throw new IllegalArgumentException("an output is written in place of input " + name + ", which is absent");
    }

    private static String attribute(String name, Attribute attribute) {
        String value = switch (attribute) {
            case Attribute.Int(long number) -> "ASSAY_INT, .integer = " + integer(number);
            case Attribute.Real(double number) -> "ASSAY_REAL, .real = " + real(number);
            case Attribute.Text(String text) -> "ASSAY_TEXT, .text = " + quoted(text);
            case Attribute.Ints(List<Long> numbers) ->
                "ASSAY_INTS, .integers = " + longs(numbers) + ", .count = " + numbers.size();
            case Attribute.Reals(List<Double> numbers) ->
                "ASSAY_REALS, .reals = "
                        + list(
                                "double",
                                numbers.stream().map(CReproduction::real).toList()) + ", .count = "
                        + numbers.size();
        };
        return "{.name = " + quoted(name) + ", .kind = " + value + "},\n";
    }

    private static String longs(List<Long> values) {
        return list("int64_t", values.stream().map(CReproduction::integer).toList());
    }

    private static String list(String type, List<String> values) {
        StringBuilder text = new StringBuilder("(const ").append(type).append("[]){");
        for (int i = 0; i < values.size(); i++) {
            text.append(i == 0 ? "" : i % NUMBERS_PER_LINE == 0 ? ",\n        " : ", ")
                    .append(values.get(i));
        }
        return text.append(values.isEmpty() ? "0}" : "}").toString();
    }

    private static String integer(long value) {
        return value == Long.MIN_VALUE ? "INT64_MIN" : Long.toString(value);
    }

    /// Every bit of a double: C reads the same hexadecimal form.
    private static String real(double value) {
        if (Double.isNaN(value)) {
            return "(double)NAN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "(double)INFINITY" : "-(double)INFINITY";
        }
        return value == Math.rint(value) && Math.abs(value) < 1e9
                ? String.format(Locale.ROOT, "%.1f", value)
                : Double.toHexString(value) + " /* " + value + " */";
    }

    /// A string literal. Other than plain ASCII, and the question marks of trigraphs, is written in octal.
    private static String quoted(String text) {
        StringBuilder literal = new StringBuilder("\"");
        for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
            int code = octet & 0xFF;
            if (code < ' ' || code > '~' || code == '"' || code == '\\' || code == '?') {
                literal.append(String.format(Locale.ROOT, "\\%03o", code));
            } else {
                literal.append((char) code);
            }
        }
        return literal.append('"').toString();
    }

    private String expected() {
        StringBuilder text = new StringBuilder();
        Map<String, String> notCompared = what.notCompared();
        for (Operand output : what.presentOutputs()) {
            String name = output.name();
            Optional<ElementBounds> values = what.expected(name);
            String low = values.isPresent() && Reproduction.hasLows(values.get()) ? quoted(name + ".low.bin") : "NULL";
            text.append(
                    values.isPresent()
                            ? "    {%s, %s, %s, NULL},\n"
                                    .formatted(quoted(name + ".expected.bin"), quoted(name + ".bound.bin"), low)
                            : "    {NULL, NULL, NULL, %s},\n".formatted(quoted(String.valueOf(notCompared.get(name)))));
        }
        return text.toString();
    }
}
