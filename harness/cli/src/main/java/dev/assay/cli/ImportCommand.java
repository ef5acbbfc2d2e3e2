package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.engine.imports.Imported;
import dev.assay.engine.imports.OnnxImport;
import dev.assay.engine.imports.TecoImport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `assay import`.
@Command(
        name = "import",
        description = "Makes a suite file of a suite that others wrote, and says what is left out and why.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "(onnx | teco)",
        footerHeading = "%nExample:%n",
        footer = "  assay import onnx node-tests -o node-calls.json")
final class ImportCommand implements Runnable {
    private static final String ENDING = ".json";

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /// What both kinds take.
    static final class Source {
        @Parameters(paramLabel = "DIR", description = "The folder, with all folders in it.")
        @SuppressWarnings("NullAway.Init") // set by picocli
        private Path folder;

        @Option(
                names = {"-o", "--output"},
                paramLabel = "FILE",
                required = true,
                description = "The suite file to write; its name without .json is the suite's.")
        @SuppressWarnings("NullAway.Init") // set by picocli
        private Path file;

        @Option(
                names = "--seed",
                paramLabel = "N",
                description = "Of the inputs. Default: ${DEFAULT-VALUE}.",
                defaultValue = "20260101")
        private long seed;

        /// The suite's name: that of the file.
        private String suite() {
            Path last = file.getFileName();
            String name = last == null ? "" : last.toString();
            if (!name.endsWith(ENDING)) {
                throw new HarnessException("the file " + file, "option -o", "give a name that ends in " + ENDING);
            }
            return name.substring(0, name.length() - ENDING.length()).toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "what to import is missing: onnx or teco");
    }

    @Command(
            name = "onnx",
            description = "Calls of ONNX backend node tests (NAME/model.onnx with NAME/test_data_set_0/*.pb), on inputs"
                    + " that a recipe makes. The stored inputs and outputs are what `assay run --onnx DIR` is for.",
            mixinStandardHelpOptions = true,
            footerHeading = "%nExample:%n",
            footer = "  assay import onnx node-tests -o node-calls.json")
    int onnx(
            @Mixin Source source,
            @Option(
                            names = "--fill",
                            paramLabel = "RECIPE",
                            description = "Of the inputs, see docs/suites.md. Default: ${DEFAULT-VALUE}.",
                            defaultValue = "normal")
                    String fill) {
        return write(source, OnnxImport.read(source.folder, source.suite(), fill, source.seed));
    }

    @Command(
            name = "teco",
            description = "Cases of Teco-Ops (files that end in .prototxt): their calls and ranges of values.",
            mixinStandardHelpOptions = true,
            footerHeading = "%nExample:%n",
            footer = "  assay import teco teco-ops -o teco.json")
    int teco(@Mixin Source source) {
        return write(source, TecoImport.read(source.folder, source.suite(), source.seed));
    }

    /// Says what was left out, then what was taken; the last line is the file.
    private int write(Source source, Imported imported) {
        PrintWriter out = spec.commandLine().getOut();
        imported.leftOut().forEach(left -> out.println("left out: " + left.name() + ": " + left.reason()));
        out.println(imported.taken() + " taken, " + imported.leftOut().size() + " left out of " + imported.read()
                + "; the suite has " + imported.cases() + " cases");
        if (imported.suite().isEmpty()) {
            throw new HarnessException(
                    "nothing can be taken", source.folder.toString(), "see above what was left out, and why");
        }
        try {
            Files.writeString(source.file, imported.suite(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new HarnessException(
                    "the suite cannot be written: " + e, source.file.toString(), "give a file that can be written", e);
        }
        out.println(source.file);
        return Exit.OK;
    }
}
