package dev.assay.cli;

import dev.assay.results.certify.CertificateCheck;
import dev.assay.results.certify.CertificateCheck.Checked;
import dev.assay.results.certify.SigningKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `assay verify`.
@Command(
        name = "verify",
        description = {
            "Checks an archive of `assay certify` without a network: the signature, every hash, that nothing is missing"
                    + " or too much, that the run in it is whole, and that the gate still says what it said.",
            "",
            "Without --public-key it only says that the archive is as its signer made it, not who that is."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:nothing is wrong with it", "2:the command line is wrong", "8:something is wrong with it"},
        footerHeading = "%nExample:%n",
        footer = "  assay verify acme-2.1.zip --public-key release.pem.pub")
final class VerifyCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The archive.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path file;

    @Option(
            names = "--public-key",
            paramLabel = "FILE",
            description = "The key that must have signed it, in PEM, from somebody you trust.")
    private @Nullable Path publicKey;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Checked checked = CertificateCheck.of(
                file, publicKey == null ? Optional.empty() : Optional.of(SigningKey.readPublic(publicKey)));
        PrintWriter out = spec.commandLine().getOut();
        out.println("verified: run " + checked.verdict().runId() + ", " + checked.files() + " files, "
                + checked.verdict().counts().passed() + " passed and "
                + checked.verdict().counts().waived() + " waived of "
                + checked.verdict().counts().planned() + " planned; waivers as of "
                + checked.verdict().today());
        out.println(
                checked.isTrusted()
                        ? "signed with the key that was given, " + checked.keyId()
                        : "signed with key " + checked.keyId()
                                + ", which comes with the archive; --public-key says whose it is");
        return Exit.OK;
    }
}
