/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the names and the help of all options in one place: the parser, --help and the shell completion agree with it. */
#include "options.h"

#include "text.h"

const struct cli_option cli_option_table[CLI_OPTION_COUNT] = {
	[CLI_CONFIG] = {"config", "FILE", N_("read this configuration")},
	[CLI_STATE_DIR] = {"state-dir", "DIR", N_("keep ledger, escrow and locks here")},
	[CLI_BACKEND_DIR] = {"backend-dir", "DIR", N_("load backends from here")},
	[CLI_TERMINAL] = {"terminal", "NAME", N_("take stores, hooks and the rest from [terminal NAME] of the configuration")},
	[CLI_JSON] = {"json", NULL, N_("print one JSON object on standard output")},
	[CLI_NON_INTERACTIVE] = {"non-interactive", NULL, N_("never ask; what is missing is an error"), 'n'},
	[CLI_QUIET] = {"quiet", NULL, N_("no progress and no messages but errors"), 'q'},
	[CLI_VERBOSE] = {"verbose", NULL, N_("tell more; twice: every event on the wire, secrets masked"), 'v'},
	[CLI_LANG] = {"lang", "ja|en", N_("language of messages (default: the locale's)")},
	[CLI_AT] = {"at", "TIME", N_("judge as of this time, for example 2026-11-23T04:00:00+09:00")},
	[CLI_TIMEOUT] = {"timeout", "SECONDS", N_("wait at most so long for a lock or for the network")},
	[CLI_ANCHOR] = {"anchor", "FILE", N_("PEM certificates: self-signed ones replace the built-in TLS root")},
	[CLI_PORTAL] = {"portal", "FILE", N_("read this description of the portal")},
	[CLI_PROXY] = {"proxy", "URL", N_("reach the network through this proxy")},
	[CLI_PROXY_AUTH] = {"proxy-auth", "FILE", N_("read the proxy's user:password from this file")},
	[CLI_CONNECT_TO] = {"connect-to", "HOST:PORT:HOST2:PORT2", N_("connect to HOST2:PORT2 in place of HOST:PORT")},
	[CLI_HELP] = {"help", NULL, N_("explain the command"), 'h'},
	[CLI_VERSION] = {"version", NULL, N_("print the version")},
	[CLI_TO] = {"to", "URI", N_("install into this store (repeatable)")},
	[CLI_FROM] = {"from", "URI", N_("the store to work on (repeatable)")},
	[CLI_STORE] = {"store", "URI", N_("look at this store only (repeatable)")},
	[CLI_CERT] = {"cert", "SHA256", N_("the certificate meant, where a store holds several")},
	[CLI_GROUP] = {"group", "NAME", N_("let this group read the key")},
	[CLI_PIN_FILE] = {"pin-file", "FILE", N_("read the PIN or password of the store from this file")},
	[CLI_USER] = {"user", "NAME", N_("look for stores such as nss:firefox in this user's home (root only)")},
	[CLI_CODES] = {"codes", "FILE", N_("read the three codes from this file: lines code1 = …, code2 = …, code3 = …")},
	[CLI_PASSWORD_FILE] = {"password-file", "FILE", N_("read the PKCS#12 password from this file")},
	[CLI_CLIENT_CA_SHA256] = {"client-ca-sha256", "HEX", N_("trust the NACCS Client CA that has this SHA-256")},
	[CLI_TRUST_CLIENT_CA] = {"trust-client-ca", NULL, N_("trust the NACCS Client CA in the file at first use, without asking")},
	[CLI_ALL_OR_NOTHING] = {"all-or-nothing", NULL, N_("if one store fails, undo the others")},
	[CLI_PRUNE] = {"prune", NULL, N_("afterwards remove expired certificates that we installed")},
};
