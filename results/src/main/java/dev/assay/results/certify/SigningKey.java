package dev.assay.results.certify;

import dev.assay.HarnessException;
import dev.assay.results.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Keys of Ed25519 (RFC 8032) in PEM files, as `openssl genpkey -algorithm ed25519` writes them.
public final class SigningKey {
    private static final String ALGORITHM = "Ed25519";
    private static final String PRIVATE = "PRIVATE KEY";
    private static final String PUBLIC = "PUBLIC KEY";
    private static final long LARGEST = 1 << 16;

    private final PrivateKey privateKey;
    private final PublicKey publicKey;

    private SigningKey(PrivateKey privateKey, PublicKey publicKey) {
        this.privateKey = privateKey;
        this.publicKey = publicKey;
    }

    /// A new key, written to a file that only its owner can read; its public half goes beside it, with `.pub`. Throws
    /// [HarnessException] if either is there.
    public static SigningKey create(Path file) throws IOException {
        try {
            KeyPair pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
            SigningKey key = new SigningKey(pair.getPrivate(), pair.getPublic());
            Path publicFile = publicFile(file);
            if (Files.exists(publicFile)) {
                throw new FileAlreadyExistsException(publicFile.toString());
            }
            try {
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            } catch (UnsupportedOperationException e) {
                Files.createFile(file);
            }
            Files.writeString(file, pem(PRIVATE, pair.getPrivate().getEncoded()), StandardOpenOption.TRUNCATE_EXISTING);
            Files.writeString(publicFile, key.publicPem(), StandardOpenOption.CREATE_NEW);
            return key;
        } catch (FileAlreadyExistsException e) {
            throw new HarnessException(
                    "there is a key already", e.getFile(), "leave --key-new out, or give another file", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    /// Where the public half of a new key goes.
    public static Path publicFile(Path file) {
        return file.resolveSibling(file.getFileName() + ".pub");
    }

    /// Throws [HarnessException] if the file holds no private key.
    public static SigningKey read(Path file) {
        byte[] der = der(file, text(file), PRIVATE);
        try {
            PrivateKey privateKey = KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(der));
            byte[] seed = ((EdECPrivateKey) privateKey)
                    .getBytes()
                    .orElseThrow(() -> new HarnessException("the key has no value", file.toString(), "give another"));
            return new SigningKey(privateKey, publicOf(seed));
        } catch (GeneralSecurityException e) {
            throw unreadable(file, PRIVATE, e);
        }
    }

    /// The JDK makes a key pair from 32 random bytes, which are the private key, and offers no other way to get the
    /// public half of a private key.
    private static PublicKey publicOf(byte[] seed) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(ALGORITHM);
        generator.initialize(NamedParameterSpec.ED25519, new Fixed(seed));
        return generator.generateKeyPair().getPublic();
    }

    private static final class Fixed extends SecureRandom {
        private static final long serialVersionUID = 1L;
        private final byte[] bytes;

        Fixed(byte[] bytes) {
            this.bytes = bytes.clone();
        }

        @Override
        public void nextBytes(byte[] target) {
            if (target.length != bytes.length) {
                throw new IllegalStateException("a key of " + target.length + " bytes");
            }
            System.arraycopy(bytes, 0, target, 0, target.length);
        }
    }

    byte[] sign(byte[] message) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initSign(privateKey);
            signature.update(message);
            byte[] signed = signature.sign();
            if (!isSigned(publicKey, message, signed)) {
                throw new IllegalStateException("the key does not verify what it signs");
            }
            return signed;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    static boolean isSigned(PublicKey key, byte[] message, byte[] signed) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initVerify(key);
            signature.update(message);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            // A signature of another length, or a point that is none.
            return false;
        }
    }

    String publicPem() {
        return pem(PUBLIC, publicKey.getEncoded());
    }

    /// Names the key: SHA-256 of its public half as it is encoded in X.509.
    public String id() {
        return id(publicKey);
    }

    static String id(PublicKey key) {
        return Json.sha256(key.getEncoded());
    }

    /// Throws [HarnessException] if the file holds no public key.
    public static PublicKey readPublic(Path file) {
        return publicOf(file, text(file));
    }

    /// @param file where the text comes from
    static PublicKey publicOf(Path file, String text) {
        byte[] der = der(file, text, PUBLIC);
        try {
            return KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(der));
        } catch (GeneralSecurityException e) {
            throw unreadable(file, PUBLIC, e);
        }
    }

    private static String text(Path file) {
        try {
            if (Files.size(file) > LARGEST) {
                throw new HarnessException("the file is too large for a key", file.toString(), "give a key in PEM");
            }
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new HarnessException(
                    "the key cannot be read: " + e,
                    file.toString(),
                    "give a file that can be read; `assay certify --key-new` makes one",
                    e);
        }
    }

    private static byte[] der(Path file, String text, String kind) {
        String begin = "-----BEGIN " + kind + "-----";
        String end = "-----END " + kind + "-----";
        int from = text.indexOf(begin);
        int to = text.indexOf(end);
        if (from < 0 || to < from) {
            throw unreadable(file, kind, null);
        }
        try {
            return Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to));
        } catch (IllegalArgumentException e) {
            throw unreadable(file, kind, e);
        }
    }

    private static HarnessException unreadable(Path file, String kind, @Nullable Exception cause) {
        HarnessException refused = new HarnessException(
                "the file holds no Ed25519 " + kind.toLowerCase(Locale.ROOT) + " in PEM",
                file.toString(),
                "give one as `openssl genpkey -algorithm ed25519` writes it");
        if (cause != null) {
            refused.initCause(cause);
        }
        return refused;
    }

    private static String pem(String kind, byte[] der) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                + "\n-----END " + kind + "-----\n";
    }
}
