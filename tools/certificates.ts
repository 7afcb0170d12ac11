// Certificates for tests, made by openssl; null where that is not installed.

import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { PeerCertificate } from "@holdfast/world/node";

const run = promisify(execFile);
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Makes certificates of one authority, in files of `folder`. */
export class Authority {
  readonly #folder: string;
  readonly #name: string;

  private constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
  }

  /** Null where there is no openssl. */
  static async make(folder: string, name: string): Promise<Authority | null> {
    const authority = new Authority(folder, name);
    try {
      await authority.#request(name, []);
      return authority;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      return null;
    }
  }

  /** The file of its own certificate. */
  get file(): string {
    return this.#file(this.#name, "pem");
  }

  /** Makes a certificate for `names`, such as `DNS:a,IP:127.0.0.1`. */
  async certify(name: string, names: string): Promise<PeerCertificate & CertificateFiles> {
    const signer = ["-CA", this.file, "-CAkey", this.#file(this.#name, "key")];
    await this.#request(name, [...signer, "-addext", `subjectAltName=${names}`]);
    return this.#read(name);
  }

  /** As {@link certify}, and valid from the first to the second day alone, such as `20200131`. */
  async certifyFor(
    name: string,
    names: string,
    [from, to]: readonly [string, string],
  ): Promise<PeerCertificate & CertificateFiles> {
    const file = (kind: FileKind) => this.#file(name, kind);
    const request = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=${names}`];
    const asked = ["-out", file("csr"), "-keyout", file("key")];
    await run("openssl", ["req", "-new", ...newKey, ...asked, ...request]);
    await writeFile(file("index"), "");
    await writeFile(file("conf"), configuration(file("index"), this.#folder));
    const signer = ["-cert", this.file, "-keyfile", this.#file(this.#name, "key")];
    const valid = ["-startdate", `${from}000000Z`, "-enddate", `${to}000000Z`];
    const given = ["-config", file("conf"), "-in", file("csr"), "-out", file("pem")];
    await run("openssl", ["ca", "-batch", "-notext", ...given, ...signer, ...valid]);
    return this.#read(name);
  }

  async #read(name: string): Promise<PeerCertificate & CertificateFiles> {
    const files = { certificateFile: this.#file(name, "pem"), keyFile: this.#file(name, "key") };
    const [certificate, key, authority] = await Promise.all(
      [files.certificateFile, files.keyFile, this.file].map((file) => readFile(file, "utf8")),
    );
    return { certificate: certificate!, key: key!, authority: authority!, ...files };
  }

  #file(name: string, kind: FileKind): string {
    return `${this.#folder}/${name}.${kind}`;
  }

  async #request(name: string, more: readonly string[]): Promise<void> {
    const out = ["-out", this.#file(name, "pem"), "-keyout", this.#file(name, "key")];
    const subject = ["-subj", `/CN=${name}`, "-days", "2"];
    await run("openssl", ["req", "-x509", ...newKey, ...out, ...subject, ...more]);
  }
}

type FileKind = "pem" | "key" | "csr" | "index" | "conf";

/** What `openssl ca` wants to know, which alone takes a day to begin with. */
function configuration(database: string, folder: string): string {
  return `[ca]
default_ca = ours
[ours]
database = ${database}
new_certs_dir = ${folder}
rand_serial = yes
default_md = sha256
copy_extensions = copy
policy = any
[any]
commonName = supplied
`;
}

/** Where a certificate and its key lie. */
export interface CertificateFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}
