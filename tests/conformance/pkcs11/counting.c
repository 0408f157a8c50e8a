/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: "one try", "few calls" and "nothing half-done" are promises about calls into a module. This is a PKCS#11 module that forwards to a real one,
 * writes down the names of the calls (never an argument: there are PINs among them), and lets a chosen call fail, kill, or lose the token.
 *
 * Its settings lie beside it, whoever loads it: counting.module names the real module; counting.calls, if it is there, gets a line "C_Login 0x0" for each call;
 * counting.faults is read when the module is initialised: lines, none of which has to be there:
 *     FUNCTION N kill-before     SIGKILL before the N-th call of FUNCTION ("*": of any)
 *     FUNCTION N kill-after
 *     FUNCTION N 0xRV            let it fail so; with + at the end every one from there on
 *     FUNCTION N full|error      let it fail as a device that is full, or breaks (once)
 *     flags 0xHEX                added to the token's flags
 *     pad PIN                    what is typed at the token's own pad when C_Login comes without a PIN
 * When a fault strikes, counting.faults.met is made.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <p11-kit/pkcs11.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FAULTS 8

static struct {
	pthread_mutex_t lock;
	void *library;
	CK_FUNCTION_LIST *real;
	CK_FUNCTION_LIST own;
	int log;
	CK_FLAGS flags;
	char pad[64];
	size_t fault_count;
	struct fault {
		char function[48];
		unsigned long at, seen;
		bool kills_before, kills_after, stays;
		CK_RV rv;
	} fault[FAULTS];
} state = {.lock = PTHREAD_MUTEX_INITIALIZER, .log = -1};

static void read_fault(const char *line)
{
	struct fault fault = {0};
	char action[32];

	if (sscanf(line, "flags %lx", &state.flags) == 1 || sscanf(line, "pad %63s", state.pad) == 1)
		return;
	if (state.fault_count >= FAULTS || sscanf(line, "%47s %lu %31s", fault.function, &fault.at, action) != 3)
		return;
	fault.kills_before = strcmp(action, "kill-before") == 0;
	fault.kills_after = strcmp(action, "kill-after") == 0;
	fault.stays = action[strlen(action) - 1] == '+';
	if (strcmp(action, "full") == 0)
		fault.rv = CKR_DEVICE_MEMORY;
	else if (strcmp(action, "error") == 0)
		fault.rv = CKR_DEVICE_ERROR;
	else if (!fault.kills_before && !fault.kills_after)
		fault.rv = strtoul(action, NULL, 16);
	state.fault[state.fault_count++] = fault;
}

/* The file of this name beside this module. */
static void beside(const char *name, char ret[PATH_MAX])
{
	Dl_info self;
	const char *slash = dladdr(&state, &self) != 0 ? strrchr(self.dli_fname, '/') : NULL;

	(void)snprintf(ret, PATH_MAX, "%.*s/%s", slash != NULL ? (int)(slash - self.dli_fname) : 1, slash != NULL ? self.dli_fname : ".", name);
}

static void read_faults(void)
{
	char path[PATH_MAX];
	beside("counting.faults", path);
	FILE *file = fopen(path, "re");
	char line[256];

	state.fault_count = 0;
	state.flags = 0;
	state.pad[0] = '\0';
	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		read_fault(line);
	if (file != NULL)
		(void)fclose(file);
}

static void tell_met(void)
{
	char met[PATH_MAX];

	beside("counting.faults.met", met);
	int fd = open(met, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		(void)close(fd);
}

/* Before a call: CKR_OK to go on. */
static CK_RV before(const char *function, struct fault **ret_after)
{
	CK_RV rv = CKR_OK;

	*ret_after = NULL;
	(void)pthread_mutex_lock(&state.lock);
	for (size_t i = 0; i < state.fault_count; i++) {
		struct fault *fault = &state.fault[i];
		if (strcmp(fault->function, "*") != 0 && strcmp(fault->function, function) != 0)
			continue;
		fault->seen++;
		if (fault->seen != fault->at && !(fault->stays && fault->seen > fault->at))
			continue;
		tell_met();
		if (fault->kills_before)
			(void)raise(SIGKILL);
		if (fault->kills_after)
			*ret_after = fault;
		else
			rv = fault->rv;
	}
	(void)pthread_mutex_unlock(&state.lock);
	return rv;
}

static CK_RV after(const char *function, const struct fault *fault, CK_RV rv)
{
	char line[96];
	int length = snprintf(line, sizeof line, "%s 0x%lx\n", function, rv);

	if (state.log >= 0 && length > 0)
		(void)!write(state.log, line, (size_t)length);
	if (fault != NULL)
		(void)raise(SIGKILL);
	return rv;
}

#define FORWARD(name, parameters, arguments)                                                                                               \
	static CK_RV counted_##name parameters                                                                                             \
	{                                                                                                                                  \
		struct fault *fault;                                                                                                       \
		CK_RV rv = before(#name, &fault);                                                                                          \
		return after(#name, fault, rv != CKR_OK ? rv : state.real->name arguments);                                                \
	}

FORWARD(C_GetInfo, (CK_INFO * info), (info))
FORWARD(C_GetSlotList, (CK_BBOOL with_token, CK_SLOT_ID *list, CK_ULONG *count), (with_token, list, count))
FORWARD(C_GetSlotInfo, (CK_SLOT_ID slot, CK_SLOT_INFO *info), (slot, info))
FORWARD(C_GetMechanismList, (CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, CK_ULONG *count), (slot, list, count))
FORWARD(C_OpenSession, (CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify, CK_SESSION_HANDLE *session),
	(slot, flags, application, notify, session))
FORWARD(C_CloseSession, (CK_SESSION_HANDLE session), (session))
FORWARD(C_CreateObject, (CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *object),
	(session, template, count, object))
FORWARD(C_DestroyObject, (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object), (session, object))
FORWARD(C_GetAttributeValue, (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template, CK_ULONG count),
	(session, object, template, count))
FORWARD(C_SetAttributeValue, (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template, CK_ULONG count),
	(session, object, template, count))
FORWARD(C_FindObjectsInit, (CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count), (session, template, count))
FORWARD(C_FindObjects, (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *object, CK_ULONG limit, CK_ULONG *count), (session, object, limit, count))
FORWARD(C_FindObjectsFinal, (CK_SESSION_HANDLE session), (session))
FORWARD(C_SignInit, (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key), (session, mechanism, key))
FORWARD(C_Sign, (CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length, CK_BYTE *signature, CK_ULONG *signature_length),
	(session, data, length, signature, signature_length))
FORWARD(C_GenerateKey, (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *key),
	(session, mechanism, template, count, key))
FORWARD(C_WrapKey,
	(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE key, CK_BYTE *wrapped, CK_ULONG *length),
	(session, mechanism, wrapping, key, wrapped, length))

static CK_RV counted_C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	struct fault *fault;
	CK_RV rv = before("C_GetTokenInfo", &fault);

	if (rv == CKR_OK)
		rv = state.real->C_GetTokenInfo(slot, info);
	if (rv == CKR_OK)
		info->flags |= state.flags;
	return after("C_GetTokenInfo", fault, rv);
}

static CK_RV counted_C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_BYTE *pin, CK_ULONG length)
{
	struct fault *fault;
	CK_RV rv = before("C_Login", &fault);
	bool is_typed = pin == NULL && state.pad[0] != '\0';

	if (rv == CKR_OK)
		rv = state.real->C_Login(session, user, is_typed ? (CK_BYTE *)state.pad : pin, is_typed ? strlen(state.pad) : length);
	return after("C_Login", fault, rv);
}

static CK_RV counted_C_Initialize(void *arguments)
{
	struct fault *fault;

	read_faults();
	CK_RV rv = before("C_Initialize", &fault);
	return after("C_Initialize", fault, rv != CKR_OK ? rv : state.real->C_Initialize(arguments));
}

static CK_RV counted_C_Finalize(void *reserved)
{
	struct fault *fault;
	CK_RV rv = before("C_Finalize", &fault);

	return after("C_Finalize", fault, rv != CKR_OK ? rv : state.real->C_Finalize(reserved));
}

static CK_RV load(void)
{
	char path[PATH_MAX], log[PATH_MAX], real[PATH_MAX] = "";
	CK_C_GetFunctionList get = NULL;

	beside("counting.module", path);
	beside("counting.calls", log);
	FILE *file = fopen(path, "re");
	if (file != NULL && fgets(real, sizeof real, file) != NULL)
		real[strcspn(real, "\n")] = '\0';
	if (file != NULL)
		(void)fclose(file);
	state.library = real[0] != '\0' ? dlopen(real, RTLD_NOW | RTLD_LOCAL) : NULL;
	void *found = state.library != NULL ? dlsym(state.library, "C_GetFunctionList") : NULL;
	if (found == NULL) {
		(void)fprintf(stderr, "counting: %s\n", real[0] != '\0' ? dlerror() : "counting.module names no module");
		return CKR_GENERAL_ERROR;
	}
	memcpy(&get, &found, sizeof get);
	CK_RV rv = get(&state.real);
	if (rv != CKR_OK)
		return rv;
	state.own = *state.real;
	state.log = open(log, O_WRONLY | O_APPEND | O_CLOEXEC);
	return CKR_OK;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list) __attribute__((visibility("default")));

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
	CK_RV rv = state.real != NULL ? CKR_OK : load();

	if (rv != CKR_OK)
		return rv;
#define OWN(name) state.own.name = counted_##name
	OWN(C_Initialize);
	OWN(C_Finalize);
	OWN(C_GetInfo);
	OWN(C_GetSlotList);
	OWN(C_GetSlotInfo);
	OWN(C_GetTokenInfo);
	OWN(C_GetMechanismList);
	OWN(C_OpenSession);
	OWN(C_CloseSession);
	OWN(C_Login);
	OWN(C_CreateObject);
	OWN(C_DestroyObject);
	OWN(C_GetAttributeValue);
	OWN(C_SetAttributeValue);
	OWN(C_FindObjectsInit);
	OWN(C_FindObjects);
	OWN(C_FindObjectsFinal);
	OWN(C_SignInit);
	OWN(C_Sign);
	OWN(C_GenerateKey);
	OWN(C_WrapKey);
	*list = &state.own;
	return CKR_OK;
}
