package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.engine.plan.CaseSpec;
import dev.assay.engine.run.CaseInputs;
import dev.assay.engine.trace.Reproduction;
import dev.assay.engine.trace.Reproduction.Language;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.results.PlanFile.PlannedCase;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `assay reproduce`.
@Command(
        name = "reproduce",
        description = {
            "Writes one case as a program of its own, with the same inputs, for a debugger: it makes the call of a"
                    + " library (--language c) or of a backend in Python (--language python), and compares what comes"
                    + " back with the expected values and their bounds. Nothing in it needs Assay.",
            "",
            "The last line printed is the folder; its README has the command that compiles and runs it."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExample:%n",
        footer = {
            "  assay reproduce softmax/f32-f32/7x33/-/normal --language c",
            "      ID as in a run's cases.csv, or as `assay list cases SUITE` shows it"
        })
final class ReproduceCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "CASE", description = "Id of the case.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String id;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "SUITE",
            description = "Suites, models and files to look for it in. Default: all that come with Assay.")
    private List<String> suites = new ArrayList<>();

    @Option(names = "--language", paramLabel = "c|python", required = true, description = "Of the program.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String language;

    @Option(
            names = "--onnx",
            paramLabel = "DIR",
            description = "Look for it in the ONNX backend node tests below this folder.")
    private List<Path> onnx = new ArrayList<>();

    @Option(names = "--seed", paramLabel = "N", description = "Of the inputs, in place of the suite's own.")
    private @Nullable Long seed;

    @Option(
            names = "--contract",
            paramLabel = "FIELD=VALUE,...",
            description = "What the bounds allow, as in docs/contract.md. Default: strict arithmetic.",
            defaultValue = "")
    private String contract = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "Folder to write into. Default: reproduce-HASH, with the hash of the case.")
    private @Nullable Path folder;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        Language wanted = switch (language) {
            case "c" -> Language.C;
            case "python" -> Language.PYTHON;
            default ->
                throw new ParameterException(spec.commandLine(), "--language is '" + language + "', not c or python");
        };
        ComputeContract allowed = allowed();
        PlannedCase planned = planned();
        CaseSpec described = CaseSpec.parse(planned.spec());
        Call call = described.call(planned.caseId());
        Operator operator = Operators.named(call.operator(), planned.caseId());
        Path into = folder == null ? Path.of("reproduce-" + planned.caseHash()) : folder;
        PrintWriter out = spec.commandLine().getOut();
        try (Arena arena = Arena.ofShared()) {
            String title = planned.caseId() + " of " + planned.suite() + ", seed " + planned.seed();
            Reproduction reproduction = Reproduction.of(
                    title, operator, call, CaseInputs.of(planned, described, operator, call, arena), allowed);
            Files.createDirectories(into);
            reproduction.write(into, wanted);
            out.println(title + ", bounds of the contract " + allowed);
            reproduction.notCompared().forEach((output, why) -> out.println(output + " is not compared: " + why));
        } catch (IOException e) {
            throw new HarnessException(
                    "the program cannot be written: " + e, into.toString(), "give a folder with -o that can be", e);
        }
        out.println(into);
        return Exit.OK;
    }

    /// Fields are separated by commas, some of which stand within parentheses.
    private ComputeContract allowed() {
        ComputeContract.Builder fields = ComputeContract.strict();
        if (!contract.isBlank()) {
            for (String field : contract.split(",(?![^(]*\\))", -1)) {
                int equals = field.indexOf('=');
                if (equals < 1) {
                    throw unreadable("'" + field + "' is not FIELD=VALUE");
                }
                try {
                    fields.field(
                            field.substring(0, equals).strip(),
                            field.substring(equals + 1).strip());
                } catch (IllegalArgumentException e) {
                    throw unreadable(String.valueOf(e.getMessage()));
                }
            }
        }
        ComputeContract built = fields.build();
        if (!built.problems().isEmpty()) {
            throw unreadable(String.join("; ", built.problems()));
        }
        return built;
    }

    private static HarnessException unreadable(String what) {
        return new HarnessException(what, "--contract", "docs/contract.md has the fields and their values");
    }

    private String places() {
        List<String> places = new ArrayList<>(suites);
        onnx.forEach(place -> places.add(place.toString()));
        return places.isEmpty() ? "the suites that come with Assay" : String.join(", ", places);
    }

    private PlannedCase planned() {
        OptionalLong given = seed == null ? OptionalLong.empty() : OptionalLong.of(seed);
        PlannedCase found = Sources.cases(suites, onnx, given).stream()
                .filter(planned -> planned.caseId().equals(id))
                .findFirst()
                .orElseThrow(() -> new HarnessException(
                        "no case '" + id + "'", places(), "`assay list cases SUITE` shows what there is"));
        CaseSpec.Known known = CaseSpec.parse(found.spec()).known();
        if (known != null) {
            throw new HarnessException(
                    "the case has no call: " + known.reason(), id, "name a case of an operator that Assay knows");
        }
        return found;
    }
}
