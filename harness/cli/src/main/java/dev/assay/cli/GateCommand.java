package dev.assay.cli;

import dev.assay.operator.Operators;
import dev.assay.results.CaseRow;
import dev.assay.results.Json;
import dev.assay.results.RunFolder;
import dev.assay.results.compare.Calibration;
import dev.assay.results.gate.Baselines.Base;
import dev.assay.results.gate.Gate;
import dev.assay.results.gate.GateVerdict;
import dev.assay.results.gate.Labels;
import dev.assay.results.gate.Measured;
import dev.assay.results.gate.Measured.Fresh;
import dev.assay.results.gate.NoBaselineException;
import dev.assay.results.gate.Policy;
import dev.assay.results.gate.Soundness;
import dev.assay.results.gate.UnsoundException;
import dev.assay.results.gate.Waivers;
import dev.assay.results.report.Matrix;
import dev.assay.results.report.ReportedRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `assay gate`.
@Command(
        name = "gate",
        description = {
            "Decides whether a run may be released: what the policy demands of it, what is waived, and what became worse"
                    + " since a baseline. Verdicts in the run stay as they are.",
            "",
            "Prints the matrix, every reason for which the gate is closed, and what was counted. The policy and the"
                    + " waivers are JSON files; docs/gate.md describes them."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the gate is open",
            "2:the command line, the policy or the waivers are wrong",
            "3:a result is wrong or proves nothing, or a waiver is expired or not needed",
            "7:a case did not end, is missing, was refused and must not be, or too little was judged",
            "4:something is slower than the baseline by more than the margin",
            "6:there is no such baseline, or it cannot be compared with",
            "5:with --strict: it is not known whether something is slower",
            "8:a folder is not what its run wrote; nothing else is looked at",
            "Of several the first in this list is the exit code; 8 comes before all."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  assay gate runs/20260101T120000Z-abcdefgh --policy policy.json",
            "  assay gate RUN --policy policy.json --waivers waivers.json",
            "      --against v1.2 --json verdict.json",
            "  assay gate --print-policy"
        })
final class GateCommand implements Callable<Integer> {
    private static final int MOST_SHOWN = 50;

    @Parameters(arity = "0..1", paramLabel = "RUN", description = "Folder of a finished run, or a published one.")
    private @Nullable Path run;

    @Option(
            names = "--policy",
            paramLabel = "FILE",
            description = "What must hold. Default: all must pass, or be refused, or be announced as not run.")
    private @Nullable Path policyFile;

    @Option(
            names = "--against",
            paramLabel = "BASELINE|RUN",
            description = "Also compare with a baseline, by name, or with the folder of a run.")
    private @Nullable String against;

    @Option(names = "--waivers", paramLabel = "FILE", description = "Known faults that somebody answers for.")
    private @Nullable Path waiverFile;

    @Option(
            names = "--calibration",
            paramLabel = "FILE",
            description = "Noise of the machine, as `assay calibrate` measured it; may be given more than once.")
    private List<Path> calibrations = new ArrayList<>();

    @Option(
            names = "--confirm",
            arity = "2",
            paramLabel = "FOLDER",
            description = "Baseline and run with fresh rounds of what regressed; these alone decide about it.")
    private List<Path> confirm = new ArrayList<>();

    @Option(
            names = "--strict",
            description = "Also close the gate where it is not known whether something became slower.")
    private boolean strict;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the verdict as JSON.")
    private @Nullable Path json;

    @Mixin
    private ReportFiles reports = new ReportFiles();

    @Option(
            names = "--today",
            paramLabel = "DATE",
            description = "Look at waivers as of this day. Default: today, in UTC.")
    private @Nullable LocalDate today;

    @Option(names = "--print-policy", description = "Print the policy in effect, every default spelled out, and end.")
    private boolean printPolicy;

    @Mixin
    private BaselineFolder baselines = new BaselineFolder();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        Policy policy = policyFile == null ? Policy.DEFAULT : Policy.read(policyFile);
        if (printPolicy) {
            out.print(policy.text());
            out.flush();
            return Exit.OK;
        }
        Path folder = run;
        if (folder == null) {
            throw new ParameterException(spec.commandLine(), "which run is missing");
        }
        // What an earlier gate wrote must not be taken for what this one says.
        reports.clear();
        if (json != null) {
            Files.deleteIfExists(json);
        }
        Optional<byte[]> waiverBytes = waiverFile == null ? Optional.empty() : Optional.of(Waivers.bytes(waiverFile));
        Waivers waivers = waiverFile == null ? Waivers.NONE : Waivers.read(waiverFile);
        LocalDate day = today == null ? LocalDate.now(ZoneOffset.UTC) : today;
        RunFolder results = RunFolder.of(folder);
        try {
            Soundness.check(folder);
            Gate gate = new Gate(policy, waivers, day, results.readManifest(), results.readPlan());
            waiverBytes.ifPresent(bytes -> gate.waiversAre(Json.sha256(bytes)));
            gate.see(results);
            if (against != null) {
                hold(gate, results, against);
            }
            return tell(gate.verdict(), results);
        } catch (UnsoundException e) {
            if (json != null) {
                Files.writeString(
                        json, GateVerdict.unsound(results.id(), day, e.what()).text());
            }
            throw e;
        }
    }

    private void hold(Gate gate, RunFolder results, String name) throws IOException {
        try {
            Base base = baselines.open().resolve(name);
            Soundness.check(base.folder().path());
            gate.hold(results, base, measured(), strict);
        } catch (NoBaselineException e) {
            gate.cannotHold(e.what());
        }
    }

    private Measured measured() throws IOException {
        List<Calibration> noise = new ArrayList<>();
        for (Path one : calibrations) {
            noise.add(Calibration.read(one));
        }
        if (confirm.isEmpty()) {
            return new Measured(noise, Optional.empty());
        }
        for (Path one : confirm) {
            Soundness.check(one);
        }
        return new Measured(
                noise, Optional.of(new Fresh(RunFolder.of(confirm.getFirst()), RunFolder.of(confirm.getLast()))));
    }

    private int tell(GateVerdict verdict, RunFolder folder) throws IOException {
        ReportedRun reported = ReportedRun.read(folder);
        PrintWriter out = spec.commandLine().getOut();
        Summary.print(Matrix.of(List.of(reported), Operators::has), out);
        out.println();
        Map<Object, CaseRow> rows = new HashMap<>();
        reported.rows().forEach(row -> rows.put(row.key(), row));
        Repeats repeats = new Repeats(reported.plan(), reported.manifest().seed() != null);
        verdict.reasons().stream().limit(MOST_SHOWN).forEach(reason -> {
            String about = reason.row().map(Labels::row).orElse("");
            out.println(reason.kind().word() + ": " + (about.isEmpty() ? reason.what() : about));
            if (!about.isEmpty()) {
                out.println("  " + reason.what());
                CaseRow row = rows.get(reason.row().orElseThrow());
                if (row != null && reason.kind().code() != Exit.REGRESSED) {
                    out.println("  " + repeats.command(row));
                }
            }
        });
        if (verdict.reasons().size() > MOST_SHOWN) {
            out.println("... and " + (verdict.reasons().size() - MOST_SHOWN) + " more; --json FILE has all of them");
        }
        verdict.waived().stream()
                .limit(MOST_SHOWN)
                .forEach(one -> out.println("waived: " + one.verdict() + " of " + Labels.row(one.row()) + ", by "
                        + one.waiver() + " of " + one.owner() + " until " + one.expires()));
        verdict.notes().forEach(note -> out.println("note: " + note));
        tellCounts(verdict, out);
        if (json != null) {
            Files.writeString(json, verdict.text());
        }
        reports.write(List.of(reported), Optional.of(verdict));
        return verdict.exitCode();
    }

    private static void tellCounts(GateVerdict verdict, PrintWriter out) {
        GateVerdict.Counts seen = verdict.counts();
        if (!verdict.against().isEmpty()) {
            List<String> words = new ArrayList<>();
            seen.changes().forEach((change, count) -> words.add(count + " " + change));
            out.println("against " + verdict.against() + ": "
                    + (words.isEmpty() ? "nothing compared" : String.join(", ", words)));
        }
        out.println(seen.planned() + " planned, " + seen.inScope() + " in scope, " + seen.judged() + " judged: "
                + seen.passed() + " passed, " + seen.waived() + " waived, " + seen.refused() + " refused as allowed, "
                + seen.announced() + " not run as announced, " + seen.closing() + " close the gate");
        out.println("gate " + verdict.verdict() + (verdict.isPassed() ? "" : ": exit code " + verdict.exitCode()));
    }
}
