package dev.assay.cli;

import dev.assay.results.Json;
import dev.assay.results.RunFolder;
import dev.assay.results.certify.Certificate;
import dev.assay.results.certify.SigningKey;
import dev.assay.results.gate.Gate;
import dev.assay.results.gate.GateVerdict;
import dev.assay.results.gate.Policy;
import dev.assay.results.gate.Soundness;
import dev.assay.results.gate.Waivers;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `assay certify`.
@Command(
        name = "certify",
        description = {
            "Makes one signed archive of a release run that passes its gate: the run, policy, waivers, verdict, hashes"
                    + " and an Ed25519 signature. `assay verify` checks it without a network.",
            "",
            "The run must be finished, whole, of mode --release, and made by a build of exactly one commit. A signature"
                    + " says who made the archive, not that its maker was honest."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the archive was written",
            "2:the run cannot be certified, or the command line is wrong",
            "3, 7:the gate failed with this code; nothing was written",
            "8:the folder is not what its run wrote"
        },
        footerHeading = "%nExample:%n",
        footer = "  assay certify RUN -o acme-2.1.zip --key release.pem --key-new")
final class CertifyCommand implements Callable<Integer> {
    @Parameters(paramLabel = "RUN", description = "Folder of a finished release run.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path run;

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "FILE",
            description = "The archive.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path output;

    @Option(
            names = "--key",
            required = true,
            paramLabel = "FILE",
            description = "Private key in PEM, as `openssl genpkey -algorithm ed25519` makes it.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path keyFile;

    @Option(names = "--key-new", description = "Make the key; its public half goes into FILE.pub.")
    private boolean keyNew;

    @Option(names = "--policy", paramLabel = "FILE", description = "As of `assay gate`.")
    private @Nullable Path policyFile;

    @Option(names = "--waivers", paramLabel = "FILE", description = "As of `assay gate`.")
    private @Nullable Path waiverFile;

    @Option(
            names = "--today",
            paramLabel = "DATE",
            description = "Look at waivers as of this day. Default: today, in UTC.")
    private @Nullable LocalDate today;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        RunFolder folder = RunFolder.of(run);
        Soundness.check(run);
        Policy policy = policyFile == null ? Policy.DEFAULT : Policy.read(policyFile);
        Optional<byte[]> waiverBytes = waiverFile == null ? Optional.empty() : Optional.of(Waivers.bytes(waiverFile));
        Waivers waivers = waiverFile == null ? Waivers.NONE : Waivers.read(waiverFile);
        Gate gate = new Gate(
                policy,
                waivers,
                today == null ? LocalDate.now(ZoneOffset.UTC) : today,
                folder.readManifest(),
                folder.readPlan());
        waiverBytes.ifPresent(bytes -> gate.waiversAre(Json.sha256(bytes)));
        gate.see(folder);
        GateVerdict verdict = gate.verdict();
        if (!verdict.isPassed()) {
            verdict.reasons().stream()
                    .limit(5)
                    .forEach(reason -> out.println(reason.kind().word() + ": " + reason.what()));
            out.println("not certified: the gate failed with exit code " + verdict.exitCode()
                    + "; `assay gate` tells all of it");
            return verdict.exitCode();
        }
        Certificate.check(folder, verdict);
        SigningKey key = keyNew ? SigningKey.create(keyFile) : SigningKey.read(keyFile);
        Certificate.write(output, folder, policy, waiverBytes, verdict, key);
        out.println("certified: run " + folder.id() + ", " + verdict.counts().passed() + " passed and "
                + verdict.counts().waived() + " waived of " + verdict.counts().planned() + " planned");
        out.println("signed with key " + key.id());
        if (keyNew) {
            out.println("give " + SigningKey.publicFile(keyFile) + " to those who verify, and keep " + keyFile
                    + " to yourself");
        }
        out.println("sha256 " + Json.sha256(Files.readAllBytes(output)));
        out.println(output);
        return Exit.OK;
    }
}
