/** The component under its public address: all that runs on a page shares it. */
declare module "*/webphone.js";
