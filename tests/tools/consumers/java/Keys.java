// Reads `KIND PRIVATE PUBLIC`, each key the base64 of its PEM, one pair a line, and prints for each whether KeyFactory
// reads the private key and the public one verifies what it signs: yes or no.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

class Keys {
    public static void main(String[] arguments) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = lines.readLine()) != null; ) {
            String[] words = line.split(" ");
            System.out.println(reads(words[0], der(words[1]), der(words[2])) ? "yes" : "no");
        }
    }

    /** What stands between the lines of a PEM. */
    static byte[] der(String word) {
        String pem = new String(Base64.getDecoder().decode(word), StandardCharsets.US_ASCII);
        return Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    }

    static boolean reads(String kind, byte[] privateKey, byte[] publicKey) {
        boolean isEc = kind.startsWith("ecdsa");
        String algorithm = isEc ? "EC" : kind.equals("rsa") ? "RSA" : "Ed25519";
        String signing = isEc ? "SHA256withECDSA" : kind.equals("rsa") ? "SHA256withRSA" : "Ed25519";
        try {
            KeyFactory factory = KeyFactory.getInstance(algorithm);
            Signature signature = Signature.getInstance(signing);
            signature.initSign(factory.generatePrivate(new PKCS8EncodedKeySpec(privateKey)));
            signature.update(privateKey);
            byte[] signed = signature.sign();
            signature.initVerify(factory.generatePublic(new X509EncodedKeySpec(publicKey)));
            signature.update(privateKey);
            return signature.verify(signed);
        } catch (GeneralSecurityException refused) {
            return false;
        }
    }
}
